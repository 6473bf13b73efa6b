import type { CallContext } from '#shared/contracts/call.ts';
import type { FindGiftCards, FoundGiftCard, TooManyTries } from '#shared/contracts/gift-cards.ts';
import { giftCardEnding, readGiftCardCode } from '#shared/domain/gift-card.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { lookUp } from './look-up.ts';
import type { GiftCardPorts } from './ports.ts';

/** The cards of these codes, for an order that is to be paid with them, index-aligned; null: there is none. */
export async function findCards(
  ports: GiftCardPorts,
  call: CallContext,
  { codes, buyer, network }: FindGiftCards,
): Promise<Result<(FoundGiftCard | null)[], TooManyTries>> {
  const trier = { buyer, network: network === null ? null : ports.codes.networkName(network) };
  const found = await lookUp(ports, call, { codes, trier });
  if (!found.ok) return found;
  return ok(
    found.value.map((card, index) =>
      card === null ? null : { card, ending: giftCardEnding(readGiftCardCode(codes[index] ?? '') ?? '') },
    ),
  );
}
