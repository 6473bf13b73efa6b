import type { Order } from '#shared/contracts/http/orders.ts';
import type { Money } from '#shared/money/money.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { effectiveState, type Line, type OrderDocument } from '../document.ts';
import { availableOf } from '../money.ts';
import { linesFor } from './access.ts';
import {
  AFTER_SALE_STATES,
  checkAfterSale,
  exchangeRefusal,
  refundsFull,
  returnableUnits,
  returnsFull,
  returnUntil,
} from './check.ts';
import type { AfterSaleCommand } from './events.ts';
import { leftOf, settledOf, shippingLeftOf } from './settlement.ts';

type Viewer = { as: 'customer' | 'operator' };
type ToMoney = (amount: number) => Money;
type PublicLine = Order['lines'][number];

/** What became of a line after the sale, and what may still become of it at that time. */
export function lineAfterSale(
  document: OrderDocument,
  line: Line,
  { viewer, at, money }: { viewer: Viewer; at: number; money: ToMoney },
): Pick<PublicLine, 'refunded' | 'exchanged' | 'revoked' | 'returnable'> {
  const settled = settledOf(document, line.id);
  const exchanged = exchangedOf(document, line);
  return {
    refunded: {
      quantity: settled.quantity - exchanged.quantity,
      amount: money(settled.amount - exchanged.amount),
    },
    exchanged: { quantity: exchanged.quantity, amount: money(exchanged.amount) },
    revoked: line.revoked !== 'no',
    returnable: returnableOf(document, line, viewer, at),
  };
}

/** Of what is settled of a line: what pays for replacements. */
const exchangedOf = ({ returns }: OrderDocument, line: Line): { quantity: number; amount: number } =>
  returns
    .filter(({ state }) => state === 'exchanging' || state === 'exchanged')
    .flatMap(({ exchange }) => exchange?.parts ?? [])
    .filter(({ lineId }) => lineId === line.id)
    .reduce((all, part) => ({ quantity: all.quantity + part.quantity, amount: all.amount + part.amount }), {
      quantity: 0,
      amount: 0,
    });

/** An operator may take something back at any time. */
function returnableOf(
  document: OrderDocument,
  line: Line,
  { as }: Viewer,
  at: number,
): PublicLine['returnable'] {
  const until = returnUntil(line);
  if (until === null || !isAfterSale(document) || (as === 'customer' && at >= until)) return null;
  const quantity = returnableUnits(document, line);
  return quantity === 0 ? null : { until: rfc3339(until), quantity };
}

const isAfterSale = (document: OrderDocument): boolean => AFTER_SALE_STATES.has(effectiveState(document));

export const publicRefunds = (document: OrderDocument, money: ToMoney): Order['refunds'] =>
  document.refunds.map(({ id, amount, state, cause, lineIds, why, at, parts, shipping, returnId }) => ({
    id,
    amount: money(amount),
    state: state === 'asked' ? 'pending' : state,
    cause,
    lineIds,
    reason: why,
    at: rfc3339(at),
    parts: parts.map((part) => ({
      lineId: part.lineId,
      quantity: part.quantity,
      amount: money(part.amount),
      tax: money(part.tax),
    })),
    shipping: money(shipping),
    returnId,
  }));

export const publicReturns = (document: OrderDocument, viewer: Viewer): Order['returns'] =>
  document.returns.map(({ id, state, wish, lines, steps, refundId, exchange }) => ({
    id,
    state,
    wish,
    lines,
    steps: steps.map(({ state: to, at, by, why }) => ({
      state: to,
      at: rfc3339(at),
      by: by.kind,
      reason: why,
    })),
    refundId,
    exchangeOrderId: exchange?.orderId ?? null,
    nextActions: actionsOnReturn(document, id, viewer),
  }));

/** What would be granted now. */
function actionsOnReturn(
  document: OrderDocument,
  returnId: string,
  { as }: Viewer,
): Order['returns'][number]['nextActions'] {
  const asked = { returnId, by: { kind: as, id: null }, why: '', at: 0 };
  const may = (command: AfterSaleCommand & { at: number }): boolean =>
    checkAfterSale(document, command) === null;
  const withdraw = may({ type: 'return.withdrawn', ...asked }) ? ['withdraw' as const] : [];
  if (as === 'customer') return withdraw;
  const refund = { type: 'return.refunded', refundId: '', amount: null, shipping: false, ...asked } as const;
  return [
    ...(may({ type: 'return.approved', ...asked }) ? ['approve' as const] : []),
    ...(may({ type: 'return.rejected', ...asked }) ? ['reject' as const] : []),
    ...withdraw,
    ...(may({ type: 'return.received', restock: [], ...asked }) ? ['receive' as const] : []),
    ...(may(refund) ? ['refund' as const] : []),
    ...(exchangeRefusal(document, returnId) === null ? ['exchange' as const] : []),
  ];
}

export const publicNotes = ({ notes }: OrderDocument, viewer: Viewer): Order['notes'] =>
  notes
    .filter(({ visible }) => visible || viewer.as === 'operator')
    .map(({ id, at, by, visible, text }) => ({
      id,
      at: rfc3339(at),
      by: by.kind,
      visibility: visible ? 'customer' : 'internal',
      text,
    }));

/** What can be asked for after the sale, beside what the state allows. */
export function actionsAfterSale(document: OrderDocument, viewer: Viewer, at: number): Order['nextActions'] {
  if (!isAfterSale(document)) return [];
  const back =
    returnsFull(document) === null &&
    document.lines.some((line) => returnableOf(document, line, viewer, at) !== null);
  const money =
    refundsFull(document) === null &&
    availableOf(document) > 0 &&
    (shippingLeftOf(document) > 0 || document.lines.some((line) => leftOf(document, line).amount > 0));
  return [
    ...(back ? ['return' as const] : []),
    ...(money && viewer.as === 'operator' ? ['refund' as const] : []),
    ...(viewer.as === 'operator' && linesFor(document, 'restore').length > 0
      ? ['restore_access' as const, 'revoke' as const]
      : []),
  ];
}
