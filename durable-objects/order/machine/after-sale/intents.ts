import { dropAllowance } from '../allowance.ts';
import type { OrderDocument, State } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import type { Intent } from '../intents.ts';
import { heldUntil } from '../holds.ts';
import { intentAs } from '../keys.ts';
import { findReturn } from './check.ts';
import { isApplied } from './edit.ts';
import type { EditEvent, Units } from './events.ts';
import { isExchangeOver } from './exchange.ts';
import { restockSteps } from './restock.ts';
import { cardIntents, isLineAwaited } from './sold-cards.ts';

/** What a wish after the sale asks of the outside world. Refunds go out by themselves once they are written down. */
export function afterSaleIntents(draft: OrderDocument, event: OrderEvent): Intent[] {
  return [...wished(draft, event), ...exchangeOver(draft), ...cardIntents(draft)];
}

/** Asked for under one key, so it is told once. */
const exchangeOver = (draft: OrderDocument): Intent[] =>
  isExchangeOver(draft) ? [intentAs('exchange.end', 'exchange-end', { step: 'exchange.end' })] : [];

function wished(draft: OrderDocument, event: OrderEvent): Intent[] {
  if (event.type === 'refund.requested') {
    const { refundId } = event;
    const now = event.revoke.filter((lineId) => !isLineAwaited(draft, lineId));
    return [...revoke(refundId, now), ...restock(draft, refundId, event.restock)];
  }
  if (event.type === 'cards.taken')
    return revoke(`taken:${event.refundId}:${event.round}`, paidBack(draft, event.refundId));
  if (event.type === 'access.decided' && event.decision === 'revoke') {
    return revoke(`decided:${draft.version}`, event.lineIds);
  }
  if (event.type === 'return.received') return restock(draft, event.returnId, event.restock);
  if (event.type === 'return.exchanged') return place(draft, event.returnId);
  if (event.type === 'order.edited') return edited(draft, event);
  if (event.type !== 'operator.retried') return [];
  const asked = draft.lines.filter(
    ({ id, state, revoked }) =>
      (revoked === 'asked' && !isLineAwaited(draft, id)) || (state === 'undoing' && GOES_ON.has(draft.state)),
  );
  const again = (draft.restocking ?? []).map((effect) =>
    intentAs(`stock.restock:${effect.reference}#${draft.rounds}`, `stock:${effect.sku}`, effect),
  );
  return [
    ...revoke(
      `retry:${draft.rounds}`,
      asked.map(({ id }) => id),
    ),
    ...again,
  ];
}

/** An order that is undone asks for its lines by itself, as soon as it goes on. */
const GOES_ON: ReadonlySet<State> = new Set<State>(['completed', 'delivering']);

function edited(draft: OrderDocument, { removed, reduced, formerAllowance }: EditEvent): Intent[] {
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
    ...dropAllowance(draft, formerAllowance),
    intentAs(`payment.change:of:${version}`, 'payment', { step: 'payment.change', attempt }),
  ];
}

function place(draft: OrderDocument, returnId: string): Intent[] {
  const orderId = findReturn(draft, returnId)?.exchange?.orderId;
  return orderId === undefined
    ? []
    : [intentAs(`exchange.place:${orderId}`, 'exchange', { step: 'exchange.place', returnId })];
}

/** What waited to be taken back until the refund's gift cards had answered. */
const paidBack = (draft: OrderDocument, refundId: string): string[] =>
  draft.lines
    .filter((line) => line.revoked === 'asked' && !isLineAwaited(draft, line.id))
    .filter(({ id }) => draft.refunds.some((refund) => refund.id === refundId && refund.lineIds.includes(id)))
    .map(({ id }) => id);

const revoke = (refundId: string, lineIds: string[]): Intent[] =>
  lineIds.length === 0
    ? []
    : [intentAs(`lines.deprovision:${refundId}`, 'lines', { step: 'lines.deprovision', lineIds })];

const restock = (draft: OrderDocument, reference: string, units: readonly Units[]): Intent[] =>
  restockSteps(draft, reference, units).map((effect) =>
    intentAs(`stock.restock:${effect.reference}`, `stock:${effect.sku}`, effect),
  );
