import type { PaymentStatus } from '#shared/contracts/http/orders.ts';
import { SMALLEST } from '#shared/domain/payment-methods.ts';
import {
  type CardLedger,
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

/** Gift cards the order pays with, the first to be charged first. */
export const cardsOf = ({ giftCards = [] }: OrderDocument): CardLedger[] => giftCards;
/** Every payment of the order: the live one first, its gift cards last, so that what goes back goes back to them last. */
export const ledgersOf = (document: OrderDocument): Ledger[] => [
  ...providersOf(document),
  ...cardsOf(document),
];
/** Payments at the provider, the live one first. */
export const providersOf = (document: OrderDocument): Ledger[] => [
  document.payment,
  ...(document.renewal === null ? [] : [document.renewal]),
  ...document.formerPayments,
];
/** Of the next payment. */
export const nextAttemptOf = (document: OrderDocument): number =>
  Math.max(...providersOf(document).map(({ attempt }) => attempt)) + 1;
const sumOf = (
  document: OrderDocument,
  of: (ledger: Ledger) => number,
  ledgers: readonly Ledger[] = ledgersOf(document),
): number => ledgers.reduce((sum, ledger) => sum + of(ledger), 0);
/** Of payments at the provider alone. */
export const providerSumOf = (document: OrderDocument, of: (ledger: Ledger) => number): number =>
  sumOf(document, of, providersOf(document));
/** Still set aside on gift cards for this order. */
export const openOnCards = (document: OrderDocument): number =>
  sumOf(document, openAmount, cardsOf(document));
/**
 * The first gift card that pays nothing although it was to: it was spent or shut since its code was looked up. One that found
 * nothing, or less than the smallest payment, left to pay is not refused.
 */
export function refusedCardOf(document: OrderDocument): { index: number; detail: string } | null {
  const isRefused = ({ status, authorised, amount, refusal }: CardLedger): boolean =>
    refusal !== undefined ||
    (status === 'voided' && authorised === 0 && amount > SMALLEST[document.currency]);
  const index = cardsOf(document).findIndex(isRefused);
  if (index === -1) return null;
  return { index, detail: cardsOf(document)[index]?.refusal ?? 'has nothing left on it that could be spent' };
}
/** What the order costs beyond what its gift cards pay. */
export const restOf = (document: OrderDocument): number =>
  Math.max(
    0,
    document.total -
      sumOf(
        document,
        ({ authorised, voided, refunded }) => authorised - voided - refunded,
        cardsOf(document),
      ),
  );
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
  return isDivisible(document) ? valueOf(document, made) : worthOf(document);
}

/** A part of what is to be paid can be collected, and the rest later: of gift cards always. */
const isDivisible = (document: OrderDocument): boolean =>
  document.payment.multicapture || (cardsOf(document).length > 0 && isClosed(document.payment));

export interface CapturePlan {
  /** Of which payment. */
  attempt: number;
  /** What that payment has captured afterwards. */
  upTo: number;
  /** Nothing more will be collected from it: the rest of the hold is released. */
  final: boolean;
}
/**
 * The next captures, at most one of each payment. Gift cards are charged first, the live payment pays what they leave; none:
 * nothing to collect, or nothing to collect it from, or less than the provider takes at once: then it waits for more to be
 * made. A rest that could not be taken by itself is taken along, and given back if it is not made after all: nobody waits for
 * what he paid because of cents.
 */
export function capturePlansOf(document: OrderDocument): CapturePlan[] {
  const collected = collectedOf(document);
  const due = captureGoalOf(document) - collected;
  if (due <= 0) return [];
  const needed = worthOf(document) - collected;
  const { ofCards, ofPayment } = sharesOf(document, due, needed);
  const left = needed - ofCards - ofPayment;
  return [...cardPlans(document, ofCards, left), ...paymentPlan(document, ofPayment, needed)];
}

/**
 * How what is `due` of all that is still `needed` is spread. Of the payment no less than the provider takes at once is taken,
 * and no less is left there: the cards pay that much less now.
 */
function sharesOf(
  document: OrderDocument,
  due: number,
  needed: number,
): { ofCards: number; ofPayment: number } {
  const { payment, currency } = document;
  const onCards = openOnCards(document);
  const ofCards = Math.min(due, onCards);
  if (payment.status !== 'authorised') return { ofCards, ofPayment: 0 };
  const open = openAmount(payment);
  const ofPayment = due - ofCards;
  const later = needed - onCards - ofPayment;
  const along = isTooSmall(document, later) ? later : 0;
  const taken = Math.min(ofPayment + along, open);
  if (!isTooSmall(document, taken)) return { ofCards, ofPayment: taken };
  const least = isTooSmall(document, open - SMALLEST[currency]) ? open : SMALLEST[currency];
  const instead = Math.min(least, open, needed);
  const isEarly = ofPayment === 0 && instead > due;
  if (ofCards === 0 || isEarly || isTooSmall(document, instead)) return { ofCards, ofPayment: 0 };
  return { ofCards: Math.max(0, due - instead), ofPayment: instead };
}

/** `left`: what is still to be collected after it, of cards or of the payment. */
function cardPlans(document: OrderDocument, amount: number, left: number): CapturePlan[] {
  let rest = amount;
  return cardsOf(document).flatMap((card) => {
    const share = Math.min(rest, openAmount(card));
    if (share <= 0) return [];
    rest -= share;
    const upTo = card.captured + share;
    return [{ attempt: card.attempt, upTo, final: left <= 0 || upTo === card.authorised }];
  });
}

function paymentPlan(document: OrderDocument, amount: number, needed: number): CapturePlan[] {
  if (amount <= 0) return [];
  const { attempt, captured, authorised, multicapture } = document.payment;
  const upTo = captured + amount;
  const later = needed - openOnCards(document) - amount;
  return [{ attempt, upTo, final: !multicapture || later <= 0 || upTo === authorised }];
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
  neededOf(document) > 0 &&
  payableLines(document).length === 0;

/** What would be left to collect without these lines, where it is less than can be; otherwise null. */
export function restTooSmallWithout(document: OrderDocument, lines: readonly Line[]): number | null {
  const kept = document.lines.filter((line) => isKept(document, line) && !lines.includes(line));
  const rest = valueOf(document, kept) - collectedOf(document);
  return document.payment.status === 'authorised' &&
    isTooSmall(document, rest) &&
    rest > openOnCards(document)
    ? rest
    : null;
}

/** In a state in which nothing is left to be collected, whatever was set aside for it. */
export const isCollected = (document: OrderDocument): boolean =>
  COLLECTED_STATES.has(effectiveState(document)) && collectedOf(document) >= worthOf(document);
const COLLECTED_STATES: ReadonlySet<State> = new Set<State>(['activating', 'completed']);

/** Nothing more can come of it but what is told here. */
export const isClosed = (ledger: Ledger): boolean =>
  ledger.status === 'none'
    ? !ledger.asked
    : ledger.status === 'voided' || (ledger.status === 'captured' && openAmount(ledger) === 0);

/** The hold is gone, or a part of the money, and what is left does not pay for the order. */
export const areFundsLost = (document: OrderDocument): boolean =>
  document.total > 0 &&
  isClosed(document.payment) &&
  (document.payment.status !== 'none' || cardsOf(document).length > 0) &&
  neededOf(document) > 0;

/** Still to be collected beyond what is set aside on gift cards. */
export const neededOf = (document: OrderDocument): number =>
  worthOf(document) - collectedOf(document) - openOnCards(document);

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
  if (status === 'none' && cardsOf(document).some((card) => card.authorised > 0)) {
    if (restOf(document) === 0) return 'authorised';
    if (cardsOf(document).every(isClosed)) return 'voided';
  }
  if (status === 'authorised') return 'authorised';
  if (status !== 'voided') return 'pending';
  return authorised === 0 && lastError !== null ? 'failed' : 'voided';
}
