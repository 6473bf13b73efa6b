import type { PaymentStatus } from '#shared/contracts/http/orders.ts';
import { SMALLEST } from '#shared/domain/payment-methods.ts';
import {
  effectiveState,
  isTaken,
  type Ledger,
  type Line,
  openAmount,
  type OrderDocument,
  shareOf,
  type State,
} from './document.ts';

/*
 * What the order is worth, what has been collected for it, and what lies between: pure arithmetic in minor units over the
 * document. Every step of money follows from it, so that after any loss or repeat the same step is asked for again.
 */

/** Refunds one order may keep, those that failed and were asked for again included: what follows is settled by hand. */
export const REFUND_RECORDS_MAX = 80;
export const isFullOfRefunds = ({ refunds }: Pick<OrderDocument, 'refunds'>): boolean =>
  refunds.length >= REFUND_RECORDS_MAX;

/** The provider may refuse one step of a payment this often; then a person must look. */
export const REFUSALS_MAX = 8;
export const isRefusedForGood = ({ refusals }: Pick<Ledger, 'refusals'>): boolean => refusals > REFUSALS_MAX;

const UNDOING_STATES: ReadonlySet<State> = new Set<State>([
  'undoing_lines',
  'returning_money',
  'returning_stock',
]);
const LOST_LINES: ReadonlySet<Line['state']> = new Set<Line['state']>(['failed', 'undoing', 'undone']);
const MADE_LINES: ReadonlySet<Line['state']> = new Set<Line['state']>(['provisioned', 'delivered']);

/** Every payment of the order, the live one first. */
export const ledgersOf = (document: OrderDocument): Ledger[] => [
  document.payment,
  ...(document.renewal === null ? [] : [document.renewal]),
  ...document.formerPayments,
];
/** Of the next payment. */
export const nextAttemptOf = (document: OrderDocument): number =>
  Math.max(...ledgersOf(document).map(({ attempt }) => attempt)) + 1;
const sumOf = (document: OrderDocument, of: (ledger: Ledger) => number): number =>
  ledgersOf(document).reduce((sum, ledger) => sum + of(ledger), 0);
export const capturedOf = (document: OrderDocument): number => sumOf(document, (ledger) => ledger.captured);
export const refundedOf = (document: OrderDocument): number => sumOf(document, (ledger) => ledger.refunded);
export const outsideOf = (document: OrderDocument): number =>
  sumOf(document, (ledger) => ledger.refundedOutside);

/** Of one payment: with the customer's bank, until it is decided or for good. It is not there to be given back. */
const takenFrom = ({ disputes = [] }: Ledger): number =>
  disputes.filter(isTaken).reduce((sum, { amount }) => sum + amount, 0);
/** Taken back by the customer's bank, for now or for good. */
export const takenOf = (document: OrderDocument): number => sumOf(document, takenFrom);
/** Everything that was collected went back, the last of it past the order: nobody decided about the goods with it. */
export const isRefundedOutsideInFull = (document: OrderDocument): boolean =>
  refundedOf(document) >= capturedOf(document) &&
  ledgersOf(document).some(({ emptiedOutside }) => emptiedOutside === true);

/** One past the order, which a person had accepted, was sent back by the customer's bank. */
export const isRefundBack = (document: OrderDocument): boolean =>
  ledgersOf(document).some((ledger) => ledger.refundedOutside < ledger.refundAccepted);

/** Refunds that were asked for and have not failed. */
const refundsOf = (document: OrderDocument, cause?: 'granted'): number =>
  document.refunds
    .filter((refund) => refund.state !== 'failed' && (cause === undefined || refund.cause === cause))
    .reduce((sum, refund) => sum + refund.amount, 0);

/** Is the order, or what is left of it, being undone or has it been? */
export const isUndone = (document: OrderDocument): boolean => {
  const state = effectiveState(document);
  return UNDOING_STATES.has(state) || state === 'cancelled' || state === 'refunded';
};

export const isLost = (line: Line): boolean => LOST_LINES.has(line.state);
/** Does the customer have the line, or will he, as things stand? */
export const isKept = (document: OrderDocument, line: Line): boolean =>
  !isLost(line) &&
  (!UNDOING_STATES.has(effectiveState(document)) ||
    (document.keep !== 'nothing' && line.state === 'delivered') ||
    (document.keep === 'released' && line.state === 'provisioned' && line.released));

/** Of these lines: their shares, and the cost of shipping as soon as one of them is a parcel. */
export function valueOf(document: OrderDocument, lines: readonly Line[]): number {
  const shares = lines.reduce((sum, line) => sum + shareOf(line), 0);
  return lines.some((line) => line.fulfilment.template === 'parcel')
    ? shares + (document.pricing?.shipping?.total ?? 0)
    : shares;
}
/** What the customer is to pay for what he has or will have. */
export const worthOf = (document: OrderDocument): number =>
  valueOf(
    document,
    document.lines.filter((line) => isKept(document, line)),
  );

/** Collected for what is kept: without what went back because it was not delivered. A gift does not count against it. */
export const collectedOf = (document: OrderDocument): number =>
  capturedOf(document) - refundsOf(document) + refundsOf(document, 'granted');
/** Collected, and neither given back, promised to be, nor taken back by a bank. */
export const netOf = (document: OrderDocument): number =>
  capturedOf(document) - refundsOf(document) - outsideOf(document) - takenOf(document);

/** Collected and not given back, by the order, past it or by hand, nor taken back by a bank. */
export const keptMoneyOf = (document: OrderDocument): number =>
  capturedOf(document) -
  refundedOf(document) -
  takenOf(document) -
  document.refunds
    .filter(({ state }) => state === 'settled_by_hand')
    .reduce((sum, refund) => sum + refund.amount, 0);

/** What goods that came back pay of their replacements; while one is on its way, all that the goods are worth. */
export const exchangedOf = ({ returns }: Pick<OrderDocument, 'returns'>): number =>
  returns
    .filter(({ state }) => state === 'exchanging' || state === 'exchanged')
    .flatMap(({ exchange }) => [...(exchange?.parts ?? []), ...(exchange?.rest ?? [])])
    .reduce((sum, { amount }) => sum + amount, 0);

/** What is there to be given back or to pay for replacements, whatever the goods cost. */
export const availableOf = (document: OrderDocument): number =>
  Math.max(0, sumOf(document, (ledger) => refundableOf(document, ledger)) - exchangedOf(document));

/**
 * Collected beyond what the order keeps; negative while something is left to collect. What pays for a replacement is kept
 * even when the order is undone: the customer has it in the other order.
 */
export function excessOf(document: OrderDocument): number {
  // What came back since is worth what it was: a person decides whether it is given again.
  const accepted = sumOf(document, (ledger) => Math.min(ledger.refundAccepted, ledger.refundedOutside));
  const owed = Math.max(exchangedOf(document), worthOf(document) - refundsOf(document, 'granted') - accepted);
  return netOf(document) - owed - document.settledByHand;
}

/** What may be collected now: of an order delivered as ready what is made, of one delivered together all. */
export function captureGoalOf(document: OrderDocument): number {
  const state = effectiveState(document);
  if (state === 'capturing') return worthOf(document);
  if (state !== 'delivering') return 0;
  const made = document.lines.filter((line) => MADE_LINES.has(line.state));
  if (made.length === 0) return 0;
  // The first capture would release the rest: then everything is collected at once, and what fails is refunded.
  return document.payment.multicapture ? valueOf(document, made) : worthOf(document);
}

export interface CapturePlan {
  /** What the live payment has captured afterwards. */
  upTo: number;
  /** Nothing more will be collected from it: the rest of the hold is released. */
  final: boolean;
}
/**
 * The next capture of the live payment; null: nothing to collect, or nothing to collect it from, or less than the provider
 * takes at once: then it waits for more to be made. A rest that could not be taken by itself is taken along, and given back
 * if it is not made after all: nobody waits for what he paid because of cents.
 */
export function capturePlanOf(document: OrderDocument): CapturePlan | null {
  const { payment } = document;
  const collected = collectedOf(document);
  const due = captureGoalOf(document) - collected;
  if (due <= 0 || payment.status !== 'authorised') return null;
  const left = worthOf(document) - collected - due;
  const rest = isTooSmall(document, left) ? 0 : left;
  const upTo = Math.min(payment.captured + due + left - rest, payment.authorised);
  if (isTooSmall(document, upTo - payment.captured)) return null;
  return { upTo, final: !payment.multicapture || rest <= 0 || upTo === payment.authorised };
}

/** Something, and less than the provider takes at once. */
const isTooSmall = ({ currency }: OrderDocument, amount: number): boolean =>
  amount > 0 && amount < SMALLEST[currency];

/**
 * What is left to collect can never be, because something that was to be collected with it will not be made: what is not
 * handed over yet is neither charged nor delivered. By the plan above a capture leaves nothing, or enough.
 */
export const isRestTooSmall = (document: OrderDocument): boolean =>
  document.payment.status === 'authorised' &&
  isTooSmall(document, worthOf(document) - collectedOf(document)) &&
  payableLines(document).length === 0;

/** What would be left to collect without these lines, where it is less than can be; otherwise null. */
export function restTooSmallWithout(document: OrderDocument, lines: readonly Line[]): number | null {
  const kept = document.lines.filter((line) => isKept(document, line) && !lines.includes(line));
  const rest = valueOf(document, kept) - collectedOf(document);
  return document.payment.status === 'authorised' && isTooSmall(document, rest) ? rest : null;
}

/** Nothing more can come of it but what is told here. */
export const isClosed = (ledger: Ledger): boolean =>
  ledger.status === 'none'
    ? !ledger.asked
    : ledger.status === 'voided' || (ledger.status === 'captured' && openAmount(ledger) === 0);

/** The hold is gone, or a part of the money, and what is left does not pay for the order. */
export const areFundsLost = (document: OrderDocument): boolean =>
  document.total > 0 &&
  isClosed(document.payment) &&
  document.payment.status !== 'none' &&
  collectedOf(document) < worthOf(document);

/** Of the first lines that are made and not handed over yet: those that what was collected pays for. */
export function payableLines(document: OrderDocument): Line[] {
  const collected = collectedOf(document);
  const paid = document.lines.filter((line) => line.state === 'delivered' || line.released);
  const payable: Line[] = [];
  for (const line of document.lines) {
    if (line.state !== 'provisioned' || line.released) continue;
    if (valueOf(document, [...paid, ...payable, line]) <= collected) payable.push(line);
  }
  return payable;
}

/** No hold is open, nothing is owed to the customer and no answer to a refund is missing. */
export const isMoneySettled = (document: OrderDocument): boolean =>
  ledgersOf(document).every(isClosed) &&
  excessOf(document) <= 0 &&
  document.refunds.every((refund) => refund.state !== 'asked');

/** What can still be given back from one payment: never what a bank has taken, so that nothing goes back twice. */
export const refundableOf = (document: OrderDocument, ledger: Ledger): number =>
  Math.max(
    0,
    ledger.captured -
      ledger.refundedOutside -
      takenFrom(ledger) -
      document.refunds
        .filter((refund) => refund.paymentId === ledger.paymentId && refund.state !== 'failed')
        .reduce((sum, refund) => sum + refund.amount, 0),
  );

/** The customer is owed what no payment of the order can give back: a person had settled it by hand. */
export const isNothingToRefundFrom = (document: OrderDocument): boolean =>
  excessOf(document) > 0 &&
  ledgersOf(document).every((ledger) => isClosed(ledger) && refundableOf(document, ledger) === 0) &&
  document.refunds.every((refund) => refund.state !== 'asked');

/** What became of the money, all payments taken together. */
export function paymentStatusOf(document: OrderDocument): PaymentStatus {
  const captured = capturedOf(document);
  const refunded = refundedOf(document);
  const disputes = ledgersOf(document).flatMap((ledger) => ledger.disputes ?? []);
  if (disputes.some(({ state }) => state === 'open')) return 'disputed';
  if (disputes.some(({ state }) => state === 'lost')) return 'charged_back';
  if (captured > 0) {
    if (refunded >= captured) return 'refunded';
    if (refunded > 0) return 'partially_refunded';
    return sumOf(document, openAmount) > 0 ? 'partially_captured' : 'captured';
  }
  const { status, authorised, lastError } = document.payment;
  if (document.pricing !== null && document.total === 0) return 'not_required';
  if (status === 'authorised') return 'authorised';
  if (status !== 'voided') return 'pending';
  return authorised === 0 && lastError !== null ? 'failed' : 'voided';
}
