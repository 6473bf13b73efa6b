import type { NamedCardInput } from '#objects/order/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { FindGiftCards, FoundGiftCard } from '#shared/contracts/gift-cards.ts';
import { readGiftCardCode } from '#shared/domain/gift-card.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../ports.ts';
import type { PurchaseError } from '../problem.ts';

/** The codes a person pays with, who that is, and from where. */
export type NamedCodes = FindGiftCards;

/**
 * The gift cards of these codes, in the order they were given. A code that is none is refused before any order hears of it; why
 * one that is cannot be spent goes with it, so that the order answers a repeat as it answered before.
 */
export async function findGiftCards(
  { giftCards, clock }: Pick<Ports, 'giftCards' | 'clock'>,
  call: CallContext,
  named: NamedCodes,
): Promise<Result<NamedCardInput[], PurchaseError>> {
  if (named.codes.length === 0) return ok([]);
  const found = await giftCards.findGiftCards(call, named);
  if (!found.ok) return fail({ code: 'too_many_codes', retryAfterMs: found.error.retryAfterMs });
  const cards = found.value;
  const refusals = cards.flatMap((card, index) => {
    const pointer = `/giftCards/${index}/code`;
    if (card === null) return [{ pointer, detail: 'is not the code of a gift card: check it' }];
    const first = cards.findIndex((other) => other?.card.cardId === card.card.cardId);
    return first < index ? [{ pointer, detail: 'is given twice' }] : [];
  });
  if (refusals.length > 0) return fail({ code: 'refused', refusals, replayed: false });
  return ok(cards.flatMap((card) => (card === null ? [] : [namedCard(card, clock.now())])));
}

function namedCard({ card, ending }: FoundGiftCard, now: number): NamedCardInput {
  const { cardId, balance } = card;
  const refusal = refusalOf(card, now);
  return { cardId, ending, currency: balance.currency, ...(refusal === null ? {} : { refusal }) };
}

function refusalOf({ state, balance, held, expiresAt }: FoundGiftCard['card'], now: number): string | null {
  if (state === 'withdrawn') return 'was taken back';
  if (state !== 'active') return 'cannot be spent for now';
  if (balance.amount > 0) return null;
  if (expiresAt !== null && expiresAt <= now) return 'has expired';
  return held > 0
    ? 'has nothing left on it: the rest is set aside for another order'
    : 'has nothing left on it';
}

/** What a request is known again by, before its codes are looked up: as they are, however they were typed. */
export const paidWith = <Request extends object>(request: Request, codes: readonly string[]): object =>
  codes.length === 0
    ? request
    : { ...request, giftCards: codes.map((code) => readGiftCardCode(code) ?? code) };
