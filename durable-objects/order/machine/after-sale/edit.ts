import { LINES_MAX, type PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { PricedTotals } from '#shared/domain/pricing/priced.ts';
import { promotionClaims } from '../claims.ts';
import { customisationOf, PART_OF_BUNDLE, positionsOf } from '../bundles.ts';
import type {
  Bundle,
  Line,
  LineIds,
  OrderDocument,
  PositionIds,
  PromotionClaim,
  Refusal,
  StockClaim,
} from '../document.ts';
import type { AfterSaleError, RemovedUnits } from './events.ts';

/** What is to change of an order that is not paid yet; a quantity of 0 takes the line out. */
export interface OrderChange {
  lines: { lineId: string; quantity: number }[];
  shippingAddress: NonNullable<PlaceOrder['shippingAddress']> | null;
}

/** The order as it is to be: lines that stay keep their ids, and so what is held for them. */
export interface EditPlan {
  request: PlaceOrder;
  lineIds: PositionIds[];
}

/** Why it cannot be changed as asked for; null when it can. An address may change as long as no parcel is under way. */
export function editRefusal(document: OrderDocument, change: OrderChange): AfterSaleError | null {
  const wanted = change.lines.flatMap(({ lineId }, index): Refusal[] => {
    const at = `/lines/${index}/lineId`;
    if (positionsOf(document).every(({ id }) => id !== lineId)) {
      const isPart = document.lines.some(({ id }) => id === lineId);
      return [{ pointer: at, detail: isPart ? PART_OF_BUNDLE : 'is not a line of this order' }];
    }
    const twice = change.lines.findIndex((other) => other.lineId === lineId) < index;
    return twice ? [{ pointer: at, detail: 'is named twice' }] : [];
  });
  if (wanted.length > 0) return { code: 'refused', refusals: wanted };
  const { state, payment, exchangeOf, changeOf = null, giftCards = [] } = document;
  if (exchangeOf !== null) {
    return {
      code: 'not_allowed',
      detail:
        'It replaces goods that were returned and cannot be changed: cancel it and ask for another one.',
    };
  }
  if (changeOf !== null) {
    return {
      code: 'not_allowed',
      detail: 'It changes what you own, at the price of its quote: cancel it and ask for another one.',
    };
  }
  if (giftCards.length > 0) {
    return {
      code: 'not_allowed',
      detail: 'It is paid with gift cards and cannot be changed: cancel it and order anew.',
    };
  }
  if (state === 'awaiting_payment' && payment.status === 'open') return emptied(document, change);
  return {
    code: 'not_allowed',
    detail:
      payment.status === 'processing'
        ? 'The payment is under way: wait for it, or cancel the order.'
        : 'Only an order that waits for its payment can be changed; lines that are not made yet may be cancelled.',
  };
}

function emptied(document: OrderDocument, { lines }: OrderChange): AfterSaleError | null {
  const gone = lines.filter(({ quantity }) => quantity === 0).length;
  return gone < positionsOf(document).length
    ? null
    : { code: 'not_allowed', detail: 'This would leave nothing: cancel the order instead.' };
}

/**
 * A line keeps its id, so that what is held for it stays held. More of a line that units are held for is another line
 * beside it: a hold never grows, so that a delayed request for it cannot take units again. `newIds` mints the ids of one
 * line. Null: these would be more lines than an order may have.
 */
export function editPlan(
  document: OrderDocument,
  change: OrderChange,
  newIds: () => LineIds,
): EditPlan | null {
  const plan: EditPlan = { request: { ...document.request, lines: [] }, lineIds: [] };
  if (change.shippingAddress !== null) plan.request.shippingAddress = change.shippingAddress;
  const add = (sold: Line | Bundle, ids: PositionIds, quantity: number): void => {
    const customisation = 'customisation' in sold ? sold.customisation : customisationOf(document, sold);
    plan.request.lines.push({ variantId: sold.variantId, customisation, quantity });
    plan.lineIds.push(ids);
  };
  for (const { id, bundle, lines } of positionsOf(document)) {
    const sold = bundle ?? lines[0];
    if (sold === undefined) continue;
    const quantity = change.lines.find((changed) => changed.lineId === id)?.quantity ?? sold.quantity;
    const isHeld = lines.some(({ stockTracked }) => stockTracked);
    const kept = isHeld ? Math.min(quantity, sold.quantity) : quantity;
    if (kept > 0) add(sold, bundle === null ? idsOf(lines[0]) : bundleIds(document, bundle, lines), kept);
    if (quantity > kept) add(sold, newIds(), quantity - kept);
  }
  return plan.lineIds.length > LINES_MAX ? null : plan;
}

const idsOf = ({ id: lineId, instanceId, workflowId }: Line): LineIds => ({ lineId, instanceId, workflowId });

/** The position keeps its name and each of its lines its own. */
const bundleIds = ({ lineIds }: OrderDocument, { id }: Bundle, lines: readonly Line[]): PositionIds => ({
  ...(lineIds.find(({ lineId }) => lineId === id) ?? { lineId: id, instanceId: '', workflowId: '' }),
  parts: lines.map((line) => ({ ...idsOf(line), variantId: line.variantId })),
});

/** A line of which more is asked for than is held for it: of a bundle that is made of more by now. */
export const grownLine = (document: OrderDocument, lines: readonly Line[]): Line | undefined =>
  lines.find(
    ({ id, stockTracked, quantity }) =>
      stockTracked && document.lines.some((line) => line.id === id && line.quantity < quantity),
  );

/** Units nothing is held for yet: they must be before the change is written down. */
export function addedUnits(document: OrderDocument, fresh: readonly StockClaim[]): StockClaim[] {
  return fresh.flatMap((claim) => {
    const before = document.stock.find(({ sku }) => sku === claim.sku);
    const lines = claim.lines.filter(({ lineId }) => !has(before, lineId));
    return lines.length === 0 ? [] : [{ ...claim, object: objectOf(before ?? claim), lines }];
  });
}

/** Units that are held and not wanted any more: they go back once the change is written down. */
export function removedUnits(document: OrderDocument, fresh: readonly StockClaim[]): RemovedUnits[] {
  return document.stock.flatMap((claim) => {
    const after = fresh.find(({ sku }) => sku === claim.sku);
    const lineIds = claim.lines.map(({ lineId }) => lineId).filter((lineId) => !has(after, lineId));
    return lineIds.length === 0 ? [] : [{ sku: claim.sku, object: objectOf(claim), lineIds }];
  });
}

/** SKUs of which lines want fewer units than are held for them. */
export const reducedSkus = (document: OrderDocument, fresh: readonly StockClaim[]): string[] =>
  fresh
    .filter((claim) => {
      const before = document.stock.find(({ sku }) => sku === claim.sku);
      return claim.lines.some(({ lineId, quantity }) =>
        before?.lines.some((line) => line.lineId === lineId && line.quantity > quantity),
      );
    })
    .map(({ sku }) => sku);

/** What is claimed of each SKU's stock afterwards: the units of added lines are held already. */
export function editedClaims(document: OrderDocument, fresh: readonly StockClaim[]): StockClaim[] {
  return fresh.map((claim) => {
    const before = document.stock.find(({ sku }) => sku === claim.sku);
    return {
      ...(before ?? claim),
      state: before?.state ?? 'held',
      lines: claim.lines,
      returnedLines: (before?.returnedLines ?? []).filter((lineId) => has(claim, lineId)),
      waiting: (before?.waiting ?? []).filter((lineId) => has(claim, lineId)),
    };
  });
}

/** The uses of promotions afterwards: those the order has, and new ones named by the edit that claimed them. */
export const editedPromotions = (
  document: OrderDocument,
  pricing: Pick<PricedTotals, 'promotions'>,
  editId: string,
): PromotionClaim[] =>
  promotionClaims(pricing).map(
    (claim) =>
      document.promotions.find(
        ({ promotionId, state }) =>
          promotionId === claim.promotionId && state === 'claimed' && isApplied(document, promotionId),
      ) ?? { ...claim, use: editId, state: 'claimed' },
  );

/** Does the price as it is count the promotion? */
export const isApplied = ({ pricing }: OrderDocument, promotionId: string): boolean =>
  pricing?.promotions.some((applied) => applied.promotionId === promotionId) ?? false;

const has = (claim: StockClaim | undefined, lineId: string): boolean =>
  claim?.lines.some((line) => line.lineId === lineId) ?? false;
const objectOf = ({ sku, object = sku }: Pick<StockClaim, 'sku' | 'object'>): string => object;
