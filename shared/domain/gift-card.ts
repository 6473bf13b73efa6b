import { CROCKFORD_SYMBOLS, plainSymbols } from './crockford.ts';

/** How many gift cards one line may take: each is a card of its own. */
export const GIFT_CARDS_MAX = 100;

/** How many gift cards one order may be paid with. */
export const GIFT_CARDS_PER_ORDER_MAX = 5;

/** What the customer sees of a code again: its last symbols. */
const ENDING_SYMBOLS = 4;
export const giftCardEnding = (code: string): string => code.slice(-ENDING_SYMBOLS);

/** Name of what an order pays with a card: it says which card, whose order, and which of the order's payments it is. */
export const giftCardPaymentId = (cardId: string, orderId: string, attempt: number): string =>
  `${cardId}:${orderId}:${attempt}`;

const PAYMENT_ID = /^(gft_[0-9a-f]{32}):(ord_[0-9a-f]{32}):(\d{1,9})$/;
/** What such a name says; null: it names a payment at the provider. */
export function giftCardPaymentOf(
  paymentId: string,
): { cardId: string; orderId: string; attempt: number } | null {
  const [, cardId, orderId, attempt] = PAYMENT_ID.exec(paymentId) ?? [];
  return cardId === undefined || orderId === undefined ? null : { cardId, orderId, attempt: Number(attempt) };
}

/** What a customer may say of a gift card: the JSON Schema (2020-12) of its customisation, the same for all. */
export const GIFT_CARD_WISHES = {
  type: 'object',
  additionalProperties: false,
  properties: {
    recipientEmail: {
      type: 'string',
      format: 'email',
      maxLength: 254,
      title: 'E-mail of the recipient',
      description: 'The card is sent there; left out, it is shown to you alone',
    },
    recipientName: { type: 'string', maxLength: 80, title: 'Name of the recipient' },
    senderName: { type: 'string', maxLength: 80, title: 'Your name' },
    message: { type: 'string', maxLength: 500, title: 'Message' },
    deliverOn: {
      type: 'string',
      format: 'date',
      title: 'Send on',
      description: 'The day (UTC) it is sent to the recipient; left out, at once',
    },
  },
} as const satisfies Record<string, unknown>;

/** 90 random bits, and two symbols that tell a mistyped code from one that is none. */
const DATA_SYMBOLS = 18;
const CHECK_SYMBOLS = 2;
export const GIFT_CARD_CODE_BITS = DATA_SYMBOLS * 5;
/** Bytes to make a code of; what exceeds its bits is not used. */
export const GIFT_CARD_CODE_BYTES = Math.ceil(GIFT_CARD_CODE_BITS / 8);
/** The greatest prime of two symbols: one wrong symbol, or two that changed places, give another remainder. */
const CHECK_MODULUS = 1_021n;

/** A code from as many bytes, e.g. `7K3M-9Q2X-…` in five groups of four. Pure. */
export function formatGiftCardCode(bytes: Uint8Array): string {
  if (bytes.length !== GIFT_CARD_CODE_BYTES) throw new RangeError(`needs ${GIFT_CARD_CODE_BYTES} bytes`);
  const mask = (1n << BigInt(GIFT_CARD_CODE_BITS)) - 1n;
  const number = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) & mask;
  return grouped(symbolsOf(number, DATA_SYMBOLS) + symbolsOf(number % CHECK_MODULUS, CHECK_SYMBOLS));
}

/** A code as it was handed out, from how it was typed; null: it is none, or mistyped. Pure. */
export function readGiftCardCode(typed: string): string | null {
  const symbols = plainSymbols(typed);
  if (symbols.length !== DATA_SYMBOLS + CHECK_SYMBOLS) return null;
  const data = numberOf(symbols.slice(0, DATA_SYMBOLS));
  const check = numberOf(symbols.slice(DATA_SYMBOLS));
  return data === null || check === null || data % CHECK_MODULUS !== check ? null : grouped(symbols);
}

function symbolsOf(number: bigint, count: number): string {
  let text = '';
  for (let rest = number, left = count; left > 0; left -= 1, rest >>= 5n)
    text = CROCKFORD_SYMBOLS.charAt(Number(rest & 31n)) + text;
  return text;
}

function numberOf(symbols: string): bigint | null {
  let number = 0n;
  for (const symbol of symbols) {
    const value = CROCKFORD_SYMBOLS.indexOf(symbol);
    if (value === -1) return null;
    number = (number << 5n) | BigInt(value);
  }
  return number;
}

const grouped = (symbols: string): string => symbols.replaceAll(/(.{4})(?=.)/g, '$1-');
