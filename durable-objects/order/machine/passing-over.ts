import { moneyText } from '#shared/money/money.ts';
import { isApplied } from './after-sale/edit.ts';
import { claimsOf, promotionClaims } from './claims.ts';
import { keepPositions } from './bundles.ts';
import type { OrderDocument } from './document.ts';
import type { EventOf } from './events.ts';
import type { Intent } from './intents.ts';
import { intent, intentAs } from './keys.ts';
import { type Note, note } from './notes.ts';

/*
 * A promotion that counts by itself and whose last use another order had first: the order is priced without it. What is
 * held and claimed for the order stays so.
 */

/** Remembered for good, so that a use that is given back meanwhile does not send the order round again. */
export function passOver(draft: OrderDocument): Intent[] {
  const refused = draft.promotions.filter(({ state }) => state === 'refused');
  draft.passedOver = [...(draft.passedOver ?? []), ...refused.map(({ promotionId }) => promotionId)];
  draft.promotions = draft.promotions.filter(({ state }) => state !== 'refused');
  return [];
}

export const priceAnew = (draft: OrderDocument): Intent[] => [
  intent(draft, `price:without:${draft.passedOver?.length ?? 0}`, 'main', { step: 'price' }),
];

/** The price without them, for the same lines. */
export function repriced(
  draft: OrderDocument,
  {
    lines,
    pricing,
    ...positions
  }: Pick<EventOf<'order.priced'>, 'lines' | 'bundles' | 'lineIds' | 'pricing'>,
): Note[] {
  const fresh = promotionClaims(pricing).filter((claim) =>
    draft.promotions.every(({ promotionId }) => promotionId !== claim.promotionId),
  );
  const stock = claimsOf(draft, lines).filter((claim) => draft.stock.every(({ sku }) => sku !== claim.sku));
  draft.promotions = [...draft.promotions, ...fresh];
  draft.stock = [...draft.stock, ...stock];
  Object.assign(draft, { lines, pricing, total: pricing.total });
  keepPositions(draft, positions);
  draft.payment.amount = pricing.total;
  const total = moneyText({ amount: draft.total, currency: draft.currency });
  return [note('order.repriced', `A promotion has no use left: ${total}`)];
}

/**
 * Uses that the price does not count go back once everything is held: until then a use may count again with the next price,
 * and one that went back is never given to the order again.
 */
export function returnDropped(draft: OrderDocument): Intent[] {
  const dropped = draft.promotions.filter(({ promotionId }) => !isApplied(draft, promotionId));
  draft.promotions = draft.promotions.filter((claim) => !dropped.includes(claim));
  return dropped.map(({ promotionId }) =>
    intentAs(`promotion.return:${promotionId}:of:${draft.version}`, `promotion:${promotionId}`, {
      step: 'promotion.return',
      promotionId,
    }),
  );
}
