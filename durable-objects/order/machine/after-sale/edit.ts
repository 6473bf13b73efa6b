import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { Line, OrderDocument, Refusal, StockClaim } from '../document.ts';
import type { AfterSaleError } from './events.ts';

/** What is to change of an order that is not paid yet; a quantity of 0 takes the line out. */
export interface OrderChange {
  lines: { lineId: string; quantity: number }[];
  shippingAddress: NonNullable<PlaceOrder['shippingAddress']> | null;
}
export type LineIds = OrderDocument['lineIds'][number];

/** The order as it is to be: lines that stay keep their ids, and so what is held for them. */
export interface EditPlan {
  request: PlaceOrder;
  lineIds: LineIds[];
  /** Lines whose units are not wanted any more. */
  removed: string[];
  /** Lines that are new: their units must be held first. */
  added: string[];
}

/** Why it cannot be changed as asked for; null when it can. An address may change as long as no parcel is under way. */
export function editRefusal(document: OrderDocument, change: OrderChange): AfterSaleError | null {
  const wanted = change.lines.flatMap(({ lineId }, index): Refusal[] => {
    const at = `/lines/${index}/lineId`;
    if (document.lines.every(({ id }) => id !== lineId)) {
      return [{ pointer: at, detail: 'is not a line of this order' }];
    }
    const twice = change.lines.findIndex((other) => other.lineId === lineId) < index;
    return twice ? [{ pointer: at, detail: 'is named twice' }] : [];
  });
  if (wanted.length > 0) return { code: 'refused', refusals: wanted };
  const { state, payment } = document;
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
  return gone < document.lines.length
    ? null
    : { code: 'not_allowed', detail: 'This would leave nothing: cancel the order instead.' };
}

/**
 * More of a line is another line beside it, so that what is held stays held; less of it is a new line in its place. `newIds`
 * mints the ids of one line.
 */
export function editPlan(document: OrderDocument, change: OrderChange, newIds: () => LineIds): EditPlan {
  const plan: EditPlan = {
    request: { ...document.request, lines: [] },
    lineIds: [],
    removed: [],
    added: [],
  };
  if (change.shippingAddress !== null) plan.request.shippingAddress = change.shippingAddress;
  const keep = (line: Line, ids: LineIds, quantity: number): void => {
    const { variantId, customisation } = line;
    plan.request.lines.push({ variantId, customisation, quantity });
    plan.lineIds.push(ids);
  };
  const add = (line: Line, quantity: number): void => {
    const ids = newIds();
    keep(line, ids, quantity);
    plan.added.push(ids.lineId);
  };
  for (const line of document.lines) {
    const { id: lineId, instanceId, workflowId } = line;
    const quantity = change.lines.find((changed) => changed.lineId === lineId)?.quantity ?? line.quantity;
    if (quantity >= line.quantity) keep(line, { lineId, instanceId, workflowId }, line.quantity);
    else plan.removed.push(lineId);
    if (quantity > line.quantity) add(line, quantity - line.quantity);
    else if (quantity > 0 && quantity < line.quantity) add(line, quantity);
  }
  return plan;
}

/** What is claimed of each SKU's stock afterwards: the units of added lines are held already. */
export function editedClaims(
  document: OrderDocument,
  lines: readonly Line[],
  fresh: StockClaim[],
): StockClaim[] {
  return fresh.map((claim) => {
    const before = document.stock.find(({ sku }) => sku === claim.sku);
    const ids = new Set(lines.map(({ id }) => id));
    return {
      ...(before ?? claim),
      state: before?.state ?? 'held',
      lines: claim.lines,
      waiting: (before?.waiting ?? []).filter((lineId) => ids.has(lineId)),
    };
  });
}
