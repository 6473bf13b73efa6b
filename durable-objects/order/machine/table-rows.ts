import type { OrderState } from '#shared/contracts/http/orders.ts';
import type { State } from './document.ts';
import type { EventType } from './events.ts';
import type { GuardName } from './guards.ts';
import type { IntentName } from './intents.ts';
import type { ReasonCode } from './reasons.ts';

/** One way on. Without `to` the order stays where it is; to its own state means entering it again. */
export interface Row {
  when?: GuardName;
  to?: State | 'resume';
  /** Of a way to a person: where the order goes on from there; absent: where it was. */
  resume?: State;
  /** Kept as the cause, unless the order already has one. */
  reason?: ReasonCode;
  /** What undoing spares; a wish to cancel says it itself. */
  keep?: 'delivered' | 'released';
  emit?: readonly IntentName[];
}
export interface StateSpec {
  /** What the customer sees; null: an order in this state does not exist for anybody. */
  public: OrderState | null;
  terminal?: true;
  /** Which deadline runs: the customer's time to pay, or the time this step may take. */
  deadline?: 'window' | 'stage' | 'review';
  /** Asked for when the order comes to rest here. */
  entry?: readonly IntentName[];
  /** Compared with what is wanted after every event, as long as the order is here; asks for each thing once. */
  steady?: readonly IntentName[];
  /** Checked, in order, as soon as the order is here and after every fact. */
  always?: readonly Row[];
  on: Partial<Record<EventType, readonly Row[]>>;
}

export const NOTIFIED: readonly Row[] = [{ emit: ['fetchPayment'] }];
export const PARKED: readonly Row[] = [{ to: 'needs_operator' }];
/** News of a line that was made or handed over after all, which came late, asks nobody. */
export const STUCK: readonly Row[] = [{ when: 'lineStuck', to: 'needs_operator' }];
/** An instance that came to light after its line was undone, and that cannot be taken back: undoing begins again. */
export const TURNED_UP: readonly Row[] = [
  { when: 'lineTurnedUp', to: 'needs_operator', resume: 'undoing_lines' },
];
/** Paid, and nobody could look at the risk. */
export const UNASSESSED: readonly Row[] = [{ to: 'needs_operator', emit: ['holdForOperator'] }];
/** A step the provider refuses is asked for again, later each time and under another key; in the end a person looks. */
export const REFUSED: Row = { when: 'refusedForGood', to: 'needs_operator' };
export const HOLD_ENDS: readonly Row[] = [
  { when: 'holdEnding', to: 'undoing_lines', keep: 'released', reason: 'authorisation_expired' },
];
/** The hold is about to lapse: another payment, or what is not delivered is undone in time. */
export const HOLD_LAPSES: Partial<Record<EventType, readonly Row[]>> = {
  'authorisation.expiring': [{ when: 'holdExpiring', emit: ['askRenewal'] }],
  'authorisation.ending': HOLD_ENDS,
};
export const undoWhenCancelled: readonly Row[] = [
  { when: 'byCustomer', to: 'undoing_lines', reason: 'cancelled_by_customer' },
  { when: 'byOperator', to: 'undoing_lines', reason: 'cancelled_by_operator' },
];
export const WHILE_PLACING: Partial<Record<EventType, readonly Row[]>> = {
  'cancel.requested': undoWhenCancelled,
  'window.ended': [{ when: 'windowOver', to: 'undoing_lines', reason: 'placing_timed_out' }],
  'effect.parked': PARKED,
};
/** It lapsed, was given back past the order, or a bank has it. */
export const MONEY_GONE = [
  { when: 'fundsLost', to: 'undoing_lines', reason: 'payment_lost' },
  { when: 'refundedOutside', to: 'undoing_lines', reason: 'payment_lost' },
  { when: 'disputed', to: 'undoing_lines', reason: 'payment_disputed' },
] as const satisfies readonly Row[];
/** Being undone, or ended: the wish to cancel is already granted. */
const ALREADY: readonly Row[] = [{}];
export const UNDOING: readonly Row[] = [{ when: 'wantsMoreUndone', to: 'undoing_lines' }, {}];
/** Money that arrives after the end goes back. */
const LATE_MONEY: readonly Row[] = [
  { when: 'moneyOutstanding', to: 'undoing_lines', reason: 'paid_after_end' },
];
/** After the end the news of a bank may be lost as well: a payment that was touched is asked about. */
export const LOOK_AGAIN: readonly Row[] = [{ emit: ['nudgeTouched', 'nudgeLines'] }];
export const ASK_AGAIN: readonly Row[] = [{ emit: ['nudge'] }];
/** Nothing stays with the customer. */
export const AFTER_UNDOING: Partial<Record<EventType, readonly Row[]>> = {
  'payment.open': LATE_MONEY,
  'payment.processing': LATE_MONEY,
  'payment.authorised': LATE_MONEY,
  'payment.captured': LATE_MONEY,
  // What was kept for a replacement goes back when there is none.
  'exchange.placed': LATE_MONEY,
  'exchange.refused': LATE_MONEY,
  'exchange.ended': LATE_MONEY,
  'line.provisioned': [{ emit: ['deprovisionAgain'] }],
  'line.stuck': TURNED_UP,
  'payment.notified': NOTIFIED,
  'order.nudged': LOOK_AGAIN,
  'cancel.requested': ALREADY,
};
