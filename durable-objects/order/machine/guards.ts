import {
  effectiveState,
  type Ledger,
  PLACING_STATES,
  type OrderDocument,
  type StockClaim,
} from './document.ts';
import type { OrderEvent } from './events.ts';

/** The provider may refuse one step this often; then a person must look. */
export const REFUSALS_MAX = 8;

type Guard = (document: OrderDocument, event: OrderEvent) => boolean;

const isPaid = (document: OrderDocument): boolean =>
  document.payment.status === 'authorised' || document.payment.status === 'captured';
const isPaidInFull = (document: OrderDocument): boolean => {
  const { status, authorised, captured, refunded } = document.payment;
  if (document.total === 0) return true;
  if (status === 'authorised') return authorised >= document.total;
  return status === 'captured' && captured - refunded >= document.total;
};
const isMoneyReturned = (document: OrderDocument): boolean => {
  const { asked, status, captured, refunded } = document.payment;
  if (status === 'none') return !asked;
  return status === 'voided' || (status === 'captured' && refunded >= captured);
};

const isRefused = ({ asking, refusals }: Ledger): boolean => asking === null && refusals > 0;

const isStockReturned = (stock: readonly StockClaim[]): boolean =>
  stock.every((claim) => claim.state === 'returned');

/** Conditions of the table, asked after the event's facts are written down. */
export const GUARDS = {
  everythingHeld: ({ stock }) =>
    stock.every((claim) => claim.state === 'held' || claim.state === 'committed'),
  stockRefused: ({ stock }) => stock.some((claim) => claim.state === 'refused'),
  everythingCommitted: ({ stock }) => stock.every((claim) => claim.state === 'committed'),
  stockReturned: ({ stock }) => isStockReturned(stock),
  stockReturnedAfterCharge: ({ stock, payment }) => isStockReturned(stock) && payment.captured > 0,
  free: ({ total }) => total === 0,
  paymentKnown: ({ payment }) => payment.status !== 'none',
  voided: ({ payment }) => payment.status === 'voided',
  paidInFull: isPaidInFull,
  paidWrongly: (document) => isPaid(document) && !isPaidInFull(document),
  refundedOutside: ({ payment }) => payment.refunded > payment.refundAccepted,
  captured: ({ total, payment }) => total === 0 || payment.captured >= total,
  mayAskAgain: ({ payment }) => isRefused(payment) && payment.refusals <= REFUSALS_MAX,
  refusedForGood: ({ payment }) => isRefused(payment) && payment.refusals > REFUSALS_MAX,
  moneyReturned: isMoneyReturned,
  moneyOutstanding: (document) => !isMoneyReturned(document),
  everyLineProvisioned: ({ lines }) =>
    lines.every((line) => line.state === 'provisioned' || line.state === 'delivered'),
  everyLineDelivered: ({ lines }) => lines.every((line) => line.state === 'delivered'),
  everyLineUndone: ({ lines }) => lines.every((line) => line.state === 'pending' || line.state === 'undone'),
  lineFailed: ({ lines }) => lines.some((line) => line.state === 'failed'),
  acknowledged: ({ acknowledged }) => acknowledged,
  windowOver: ({ dueAt }, event) => event.at >= dueAt,
  windowOverWhilePlacing: (document, event) =>
    event.at >= document.dueAt && PLACING_STATES.has(effectiveState(document)),
  byCustomer: (_, event) => event.type === 'cancel.requested' && event.by === 'customer',
  byOperator: (_, event) => event.type === 'cancel.requested' && event.by === 'operator',
} as const satisfies Record<string, Guard>;
export type GuardName = keyof typeof GUARDS;
