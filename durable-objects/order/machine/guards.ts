import {
  effectiveState,
  type Line,
  PLACING_STATES,
  type OrderDocument,
  type State,
  type StockClaim,
} from './document.ts';
import { unresolvedRefunds } from './after-sale/settlement.ts';
import { endAtOf, isRenewable, renewAtOf } from './holds.ts';
import { isAnyKept, isMadeUnasked, isStockReturned } from './lines.ts';
import {
  isApproved,
  isBlocked,
  isCleared,
  isHeldForReview,
  isRefused,
  isReviewOver,
  isReviewed,
  isScreened,
  isScreenedOut,
  isSuspected,
  isSuspicionCleared,
  isSuspicionConfirmed,
} from './fraud/guards.ts';
import { isDisputed, unacceptedLosses } from './disputes.ts';
import { isAnythingPriced, isConfirmed } from './resolution.ts';
import { isSuspendedByRule } from './suspension.ts';
import {
  areFundsLost,
  capturedOf,
  cardsOf,
  collectedOf,
  isKept,
  isLost,
  isMoneySettled,
  isNothingToRefundFrom,
  isRefundBack,
  isRefundedOutsideInFull,
  isRefusedForGood,
  isRestTooSmall,
  ledgersOf,
  refusedCardOf,
  restOf,
  worthOf,
} from './money.ts';
import { isAboutWithdrawn, isChangedTakenBack, paidForWithdrawn } from './withdrawn.ts';
import type { EventOf, OrderEvent } from './events.ts';

/** Payments of the wrong amount before the order is given up. */
const PAYMENTS_REPLACED_MAX = 3;

type Guard = (document: OrderDocument, event: OrderEvent) => boolean;

const isPaid = (document: OrderDocument): boolean =>
  document.payment.status === 'authorised' || document.payment.status === 'captured';
const isPaidInFull = (document: OrderDocument): boolean => {
  const { status, authorised, captured, refunded } = document.payment;
  const rest = restOf(document);
  if (rest === 0) return true;
  if (status === 'authorised') return authorised >= rest;
  return status === 'captured' && captured - refunded >= rest;
};
const isCommitted = (stock: readonly StockClaim[]): boolean =>
  stock.every((claim) => claim.state === 'committed');
const isOver = (at: number | null, event: OrderEvent): boolean => at !== null && event.at >= at;
/** The uses of promotions and what was claimed of the customer's allowance go back with the units, unless something of the order stays with the customer. */
const isReturned = (document: OrderDocument): boolean =>
  isStockReturned(document) &&
  (isAnyKept(document) ||
    (document.promotions.every((claim) => claim.state === 'returned') &&
      (document.allowance === undefined || document.allowance.state === 'returned')));

/** Where undoing leads: what a person had ended that way before stays so, unless money went back since. */
function isRefundedEnd(document: OrderDocument): boolean {
  const { resolution, refunds } = document;
  const stands =
    resolution !== null && resolution.as !== 'completed' && refunds.every(({ at }) => at <= resolution.at);
  return stands ? resolution.as === 'refunded' : capturedOf(document) > 0;
}

const isResolvedAs = (
  document: OrderDocument,
  event: OrderEvent,
  as: 'completed' | 'cancelled' | 'refunded',
) => event.type === 'operator.resolved' && event.as === as && isConfirmed(document, as, event.confirm);

const isOutsideUnaccepted = (document: OrderDocument): boolean =>
  ledgersOf(document).some((ledger) => ledger.refundedOutside > ledger.refundAccepted);
/** All the money went back past the order, and all that was handed over is suspended by its rule. */
const isDecidedByRule = (document: OrderDocument): boolean =>
  isRefundedOutsideInFull(document) &&
  document.lines
    .filter(({ state, revoked }) => state === 'delivered' && revoked === 'no')
    .every(isSuspendedByRule);
const ABOUT_LOSSES: ReadonlySet<string> = new Set(['charged_back', 'refunded_outside', 'refund_came_back']);

const PAST_LINES: ReadonlySet<State> = new Set<State>([
  'returning_money',
  'returning_stock',
  'cancelled',
  'refunded',
]);

/** Something is still asked of it, and this is the newest news. */
function isStuck(line: Line, event: EventOf<'line.stuck'>): boolean {
  const { access } = event;
  if (isChangedTakenBack(event)) return false;
  if (access !== undefined) return line.access?.revision === access.revision;
  return line.state === 'delivered' ? line.revoked === 'asked' : !isMadeUnasked(line);
}

/** Conditions of the table, asked after the event's facts are written down. */
export const GUARDS = {
  screenedOut: isScreenedOut,
  screened: isScreened,
  blocked: isBlocked,
  heldForReview: isHeldForReview,
  cleared: isCleared,
  approvedInReview: isApproved,
  refusedInReview: isRefused,
  reviewOver: isReviewOver,
  reviewed: isReviewed,
  suspected: isSuspected,
  suspicionCleared: isSuspicionCleared,
  suspicionConfirmed: isSuspicionConfirmed,
  everythingHeld: ({ stock, promotions, allowance }) =>
    (allowance === undefined || allowance.state === 'claimed') &&
    stock.every((claim) => claim.state === 'held' || claim.state === 'committed') &&
    promotions.every((claim) => claim.state === 'claimed'),
  allowanceRefused: ({ allowance }) => allowance?.state === 'refused',
  /** One that was asked for, or is part of a promised price. */
  promotionRefused: ({ promotions, quote }) =>
    promotions.some((claim) => claim.state === 'refused' && (claim.code !== null || quote !== null)),
  /** The others have answered, so that none is claimed behind the back of the new price. */
  automaticRefused: ({ promotions }) =>
    promotions.some((claim) => claim.state === 'refused') &&
    promotions.every((claim) => claim.state !== 'wanted'),
  /** A field of what was asked for cannot be granted. */
  refused: ({ refusals }) => refusals.length > 0,
  stockRefused: ({ stock }) => stock.some((claim) => claim.state === 'refused'),
  everythingCommitted: ({ stock }) => isCommitted(stock),
  committedAsReady: ({ stock, delivery }) => isCommitted(stock) && delivery === 'as_ready',
  stockReturned: isReturned,
  stockReturnedAfterDelivery: (document) => isReturned(document) && isAnyKept(document),
  stockReturnedAfterCharge: (document) => isReturned(document) && isRefundedEnd(document),
  /** One card after the other, until nothing is left to pay or no card is. */
  cardsHeld: (document) =>
    restOf(document) === 0 || cardsOf(document).every(({ status }) => status !== 'none'),
  cardRefused: (document) => refusedCardOf(document) !== null,
  /** Nothing is to pay, or nothing beyond what gift cards pay. */
  free: (document) => restOf(document) === 0,
  paymentKnown: ({ payment }) => payment.status !== 'none',
  voided: ({ payment }) => payment.status === 'voided',
  fundsLost: areFundsLost,
  restTooSmall: isRestTooSmall,
  paidInFull: isPaidInFull,
  /** Approved for less than the order costs: an old amount of a changed order. Another payment is asked for. */
  heldTooLittle: (document) =>
    document.payment.status === 'authorised' &&
    document.payment.captured === 0 &&
    document.payment.authorised < restOf(document) &&
    document.formerPayments.length < PAYMENTS_REPLACED_MAX,
  paidWrongly: (document) => isPaid(document) && !isPaidInFull(document),
  refundedOutside: isOutsideUnaccepted,
  /** A person has to say what becomes of the goods: the rule says it only when everything went back. */
  refundedOutsideUndecided: (document) => isOutsideUnaccepted(document) && !isDecidedByRule(document),
  /** A refund past the order that a person had accepted was sent back by the customer's bank. */
  refundCameBack: isRefundBack,
  disputed: isDisputed,
  chargedBack: (document) => unacceptedLosses(document).length > 0,
  /** A person was asked about money that went back past the order, and for nothing else. */
  nothingToDecide: (document) =>
    document.resume === 'completed' &&
    ABOUT_LOSSES.has(document.attention?.code ?? '') &&
    unacceptedLosses(document).length === 0 &&
    !isOutsideUnaccepted(document) &&
    !isRefundBack(document) &&
    unresolvedRefunds(document).length === 0,
  /** What it changed is gone, and its money is here. */
  paidForWithdrawn: (document) => paidForWithdrawn(document) > 0,
  withdrawnSettled: (document) =>
    isAboutWithdrawn(document) && document.resume === 'completed' && paidForWithdrawn(document) === 0,
  /** Granted, and sent back by the customer's bank. */
  refundFailed: (document) => unresolvedRefunds(document).length > 0,
  everythingCollected: (document) => collectedOf(document) >= worthOf(document),
  refusedForGood: (document) => ledgersOf(document).some(isRefusedForGood),
  nothingToRefundFrom: isNothingToRefundFrom,
  moneySettled: isMoneySettled,
  moneyOutstanding: (document) => !isMoneySettled(document),
  holdExpiring: (document, event) => isRenewable(document) && isOver(renewAtOf(document.payment), event),
  holdEnding: ({ payment }, event) => isOver(endAtOf(payment), event),
  everyLineProvisioned: ({ lines }) =>
    lines.every((line) => line.state === 'provisioned' || line.state === 'delivered'),
  everyLineDelivered: ({ lines }) => lines.every((line) => line.state === 'delivered'),
  everyLineUndone: (document) =>
    document.lines.every(
      (line) =>
        (isKept(document, line) && line.state === 'delivered') ||
        line.state === 'pending' ||
        line.state === 'undone',
    ),
  /** What was on its way to the customer is not paid for any more. */
  moneyGoneOnTheWay: (document) =>
    document.keep === 'released' &&
    (areFundsLost(document) || isOutsideUnaccepted(document) || isDisputed(document)),
  nothingMoreToMake: ({ lines }) =>
    lines.every((line) => line.state === 'delivered' || isLost(line)) && lines.some(isLost),
  lineStuck: ({ lines }, event) =>
    event.type === 'line.stuck' && lines.some((line) => line.id === event.lineId && isStuck(line, event)),
  /** What was undone is there, and the order is past undoing it. */
  lineTurnedUp: (document, event) =>
    event.type === 'line.stuck' &&
    event.access === undefined &&
    PAST_LINES.has(effectiveState(document)) &&
    document.lines.some(({ id, state }) => id === event.lineId && state === 'undoing'),
  lineFailed: ({ lines }) => lines.some((line) => line.state === 'failed'),
  acknowledged: ({ acknowledged }) => acknowledged,
  windowOver: ({ dueAt }, event) => event.at >= dueAt,
  windowOverWhilePlacing: (document, event) =>
    event.at >= document.dueAt && PLACING_STATES.has(effectiveState(document)),
  resolvedCompleted: (document, event) =>
    isResolvedAs(document, event, 'completed') && isAnythingPriced(document),
  resolvedCancelled: (document, event) => isResolvedAs(document, event, 'cancelled'),
  resolvedRefunded: (document, event) => isResolvedAs(document, event, 'refunded'),
  /** A person wants to undo everything after all. */
  wantsMoreUndone: ({ keep }, event) =>
    keep !== 'nothing' &&
    event.type === 'cancel.requested' &&
    event.by === 'operator' &&
    event.keep === 'nothing',
  byCustomer: (_, event) => event.type === 'cancel.requested' && event.by === 'customer',
  byOperator: (_, event) => event.type === 'cancel.requested' && event.by === 'operator',
} as const satisfies Record<string, Guard>;
export type GuardName = keyof typeof GUARDS;
