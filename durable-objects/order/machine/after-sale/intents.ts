import type { OrderDocument } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import type { Intent } from '../intents.ts';
import { heldUntil } from '../holds.ts';
import { intentAs } from '../keys.ts';
import { findReturn } from './check.ts';
import { isApplied } from './edit.ts';
import type { EditEvent, Units } from './events.ts';

/** What a wish after the sale asks of the outside world. Refunds go out by themselves once they are written down. */
export function afterSaleIntents(draft: OrderDocument, event: OrderEvent): Intent[] {
  if (event.type === 'refund.requested') {
    const { refundId } = event;
    return [...revoke(refundId, event.revoke), ...restock(draft, refundId, event.restock)];
  }
  if (event.type === 'return.received') return restock(draft, event.returnId, event.restock);
  if (event.type === 'return.exchanged') return place(draft, event.returnId);
  if (event.type === 'order.edited') return edited(draft, event);
  if (event.type !== 'operator.retried') return [];
  const asked = draft.lines.filter((line) => line.revoked === 'asked').map(({ id }) => id);
  return revoke(`retry:${draft.rounds}`, asked);
}

function edited(draft: OrderDocument, { removed, reduced }: EditEvent): Intent[] {
  const dropped = draft.promotions.filter(
    ({ state, promotionId }) => state === 'claimed' && !isApplied(draft, promotionId),
  );
  const expiresAt = heldUntil(draft);
  const { attempt } = draft.payment;
  const version = draft.version;
  return [
    ...removed.map(({ sku, object, lineIds }) =>
      intentAs(`stock.return:${sku}:of:${version}`, `stock:${sku}`, {
        step: 'stock.return',
        sku,
        object,
        lineIds,
      }),
    ),
    ...reduced.map((sku) =>
      intentAs(`stock.hold:${sku}:less:${version}`, `stock:${sku}`, { step: 'stock.hold', sku, expiresAt }),
    ),
    ...dropped.map(({ promotionId, use }) =>
      intentAs(`promotion.return:${promotionId}:of:${version}`, `promotion:${promotionId}`, {
        step: 'promotion.return',
        promotionId,
        ...(use === undefined ? {} : { use }),
      }),
    ),
    intentAs(`payment.change:of:${version}`, 'payment', { step: 'payment.change', attempt }),
  ];
}

function place(draft: OrderDocument, returnId: string): Intent[] {
  const orderId = findReturn(draft, returnId)?.exchange?.orderId;
  return orderId === undefined
    ? []
    : [intentAs(`exchange.place:${orderId}`, 'exchange', { step: 'exchange.place', returnId })];
}

const revoke = (refundId: string, lineIds: string[]): Intent[] =>
  lineIds.length === 0
    ? []
    : [intentAs(`lines.deprovision:${refundId}`, 'lines', { step: 'lines.deprovision', lineIds })];

const restock = (draft: OrderDocument, reference: string, units: readonly Units[]): Intent[] =>
  units.flatMap(({ lineId, quantity }) => {
    const line = draft.lines.find(({ id }) => id === lineId);
    if (line === undefined || quantity === 0) return [];
    const { sku } = line;
    const key = `${reference}:${lineId}`;
    const effect = { step: 'stock.restock', sku, lineId, quantity, reference: key } as const;
    return [intentAs(`stock.restock:${key}`, `stock:${sku}`, effect)];
  });
