import { sha256Hex, toBase64Url } from '#shared/crypto/bytes.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import { formatGiftCardCode, GIFT_CARD_CODE_BYTES } from '#shared/domain/gift-card.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';

/**
 * Codes of cards. A code follows from the card's id and `GIFT_CARD_KEY`, so whoever asks for a card again under the same name
 * gets the same code, and none is kept: to find a card there is a keyed hash. A new key in front makes the codes of new
 * cards; those that made codes stay behind it for as long as their cards live.
 */
export interface GiftCardCodes {
  /** Name of the key that makes codes now. */
  current: string;
  /** Throws when the key is gone: no other code may be told. */
  codeOf(cardId: string, codeKey: string): string;
  hashOf(code: string, codeKey: string): string;
  /** Of a network, for who counts its wrong codes: the address itself goes no further. */
  networkName(network: string): string;
  /** Under each key there is: one of them is its card's. */
  hashesOf(code: string): string[];
}

/** `secret`: base64 of 32 bytes, or several, as `keyRing` reads them. */
export function giftCardCodes(secret: string): GiftCardCodes {
  const ring = keyRing('GIFT_CARD_KEY', secret);
  const keyNamed = (id: string) => {
    const key = ring.find(id);
    if (key === undefined) throw new Error('GIFT_CARD_KEY lacks a key that codes were made with');
    return key;
  };
  return {
    current: ring.current.id,
    codeOf: (cardId, codeKey) =>
      formatGiftCardCode(keyNamed(codeKey).mac('gift card codes', cardId).slice(0, GIFT_CARD_CODE_BYTES)),
    hashOf: (code, codeKey) => toBase64Url(keyNamed(codeKey).mac('gift card names', code)),
    networkName: (network) => toBase64Url(ring.current.mac('gift card networks', network)),
    hashesOf: (code) => ring.all.map((key) => toBase64Url(key.mac('gift card names', code))),
  };
}

/** The id of one of the cards that are asked for under a key: always the same. */
export const giftCardIdOf = (key: string, position: number): string =>
  `${ID_PREFIXES.giftCard}_${sha256Hex(JSON.stringify([key, position])).slice(0, 32)}`;
