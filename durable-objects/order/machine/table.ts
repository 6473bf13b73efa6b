import type { State } from './document.ts';
import {
  AFTER_UNDOING,
  ASK_AGAIN,
  HOLD_ENDS,
  HOLD_LAPSES,
  LOOK_AGAIN,
  MONEY_GONE,
  NOTIFIED,
  PARKED,
  REFUSED,
  STUCK,
  TURNED_UP,
  UNASSESSED,
  UNDOING,
  WHILE_PLACING,
  undoWhenCancelled,
  type Row,
  type StateSpec,
} from './table-rows.ts';

/**
 * The lifecycle of an order, whole: (state, event) → guard, next state, effects. Facts are written down before the table
 * is asked (see facts.ts), so a fact without a row here is kept and otherwise changes nothing. What a fact can bring about
 * stands under `always`, so that it counts as well when it arrives while a person is asked; `on` is for what is no fact.
 *
 * Undoing goes through three states in reverse order of doing: lines, money, stock. Each is left at once when there is
 * nothing to undo, so every failure leads to `undoing_lines` whatever had been reached.
 */
export const TABLE = {
  pricing: {
    public: 'placing',
    deadline: 'window',
    entry: ['price'],
    on: {
      'order.priced': [{ to: 'screening' }],
      'order.refused': [
        { when: 'acknowledged', to: 'cancelled', reason: 'not_purchasable' },
        { to: 'rejected', reason: 'not_purchasable' },
      ],
      ...WHILE_PLACING,
    },
  },
  /** The risk is looked at before anything is held. */
  screening: {
    public: 'placing',
    deadline: 'window',
    entry: ['screen'],
    always: [
      { when: 'screenedOut', to: 'undoing_lines', reason: 'blocked' },
      { when: 'screened', to: 'holding' },
    ],
    on: WHILE_PLACING,
  },
  holding: {
    public: 'placing',
    deadline: 'window',
    entry: ['holdStock', 'claimPromotions', 'claimAllowance'],
    always: [
      { when: 'stockRefused', to: 'undoing_lines', reason: 'out_of_stock' },
      { when: 'promotionRefused', to: 'undoing_lines', reason: 'promotion_used_up' },
      { when: 'allowanceRefused', to: 'undoing_lines', reason: 'purchase_limit' },
      { when: 'automaticRefused', to: 'repricing', emit: ['passOver'] },
      { when: 'everythingHeld', to: 'holding_cards', emit: ['returnDropped'] },
    ],
    on: WHILE_PLACING,
  },
  /** Others had the last use of a promotion that nobody asked for: it costs what it costs without. */
  repricing: {
    public: 'placing',
    deadline: 'window',
    entry: ['priceAnew'],
    on: {
      'order.priced': [{ to: 'holding' }],
      'order.refused': [{ to: 'undoing_lines', reason: 'not_purchasable' }],
      ...WHILE_PLACING,
    },
  },
  /** The price stands: gift cards pay first, and what they leave is asked for otherwise. Of an order without cards nothing is asked. */
  holding_cards: {
    public: 'placing',
    deadline: 'window',
    steady: ['holdCards'],
    always: [
      { when: 'cardRefused', to: 'undoing_lines', reason: 'gift_card_refused', emit: ['refuseCard'] },
      { when: 'cardsHeld', to: 'requesting_payment', emit: ['askForRest'] },
    ],
    on: WHILE_PLACING,
  },
  requesting_payment: {
    public: 'placing',
    deadline: 'window',
    entry: ['createPayment'],
    steady: ['voidFormer'],
    always: [
      { when: 'free', to: 'vetting' },
      { when: 'paymentKnown', to: 'awaiting_payment' },
    ],
    on: {
      'payment.refused': [
        { when: 'refused', to: 'undoing_lines', reason: 'payment_method_unknown' },
        { to: 'undoing_lines', reason: 'payment_unavailable' },
      ],
      'payment.step_refused': [REFUSED],
      'payment.notified': NOTIFIED,
      ...WHILE_PLACING,
    },
  },
  awaiting_payment: {
    public: 'awaiting_payment',
    deadline: 'window',
    entry: ['retimeHolds'],
    steady: ['voidFormer'],
    always: [
      { when: 'paidInFull', to: 'vetting' },
      { when: 'heldTooLittle', to: 'requesting_payment', emit: ['replacePayment'] },
      { when: 'paidWrongly', to: 'undoing_lines', reason: 'payment_mismatch' },
      { when: 'voided', to: 'undoing_lines', reason: 'payment_cancelled' },
    ],
    on: {
      'payment.processing': [{ emit: ['retimeHolds'] }],
      'payment.open': [{ emit: ['retimeHolds'] }],
      'payment.step_refused': [REFUSED],
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'cancel.requested': undoWhenCancelled,
      'window.ended': [{ when: 'windowOver', to: 'closing' }],
      'effect.parked': PARKED,
    },
  },
  /** The time to pay ran out. The provider is asked first: money that came at the last moment counts. */
  closing: {
    public: 'compensating',
    deadline: 'stage',
    steady: ['closePayment'],
    always: [
      { when: 'paidInFull', to: 'vetting' },
      { when: 'paidWrongly', to: 'undoing_lines', reason: 'payment_mismatch' },
      { when: 'voided', to: 'undoing_lines', reason: 'payment_abandoned' },
    ],
    on: {
      'payment.none': [{ to: 'undoing_lines', reason: 'payment_abandoned' }],
      'payment.step_refused': [REFUSED],
      // The customer had begun what takes days, and nobody had told us.
      'payment.open': [{ when: 'windowOver' }, { to: 'awaiting_payment' }],
      'payment.processing': [
        { when: 'windowOver', to: 'undoing_lines', reason: 'payment_abandoned' },
        { to: 'awaiting_payment' },
      ],
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'cancel.requested': undoWhenCancelled,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  /** Paid or guaranteed; the risk is looked at again, with what the payment tells, before stock is taken. */
  vetting: {
    public: 'awaiting_payment',
    deadline: 'stage',
    entry: ['vet', 'holdWhileVetting'],
    always: [
      ...MONEY_GONE,
      { when: 'blocked', to: 'undoing_lines', reason: 'blocked' },
      { when: 'heldForReview', to: 'in_review' },
      { when: 'cleared', to: 'authorised' },
    ],
    on: {
      'authorisation.ending': HOLD_ENDS,
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'cancel.requested': undoWhenCancelled,
      'stage.overdue': UNASSESSED,
      'effect.parked': UNASSESSED,
    },
  },
  /** A person decides before anything is taken or made; the stock is held for as long as that may take. */
  in_review: {
    public: 'in_review',
    deadline: 'review',
    entry: ['openReview'],
    always: [
      ...MONEY_GONE,
      { when: 'refusedInReview', to: 'undoing_lines', reason: 'refused_by_review' },
      { when: 'blocked', to: 'undoing_lines', reason: 'blocked' },
      { when: 'approvedInReview', to: 'authorised' },
    ],
    on: {
      'review.decided': [{}],
      'review.due': [
        { when: 'reviewOver', to: 'undoing_lines', reason: 'review_timed_out' },
        { emit: ['remindReviewers'] },
      ],
      'authorisation.ending': HOLD_ENDS,
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'cancel.requested': undoWhenCancelled,
      'effect.parked': PARKED,
    },
  },
  /** Paid or guaranteed; the stock is being taken for good. */
  authorised: {
    public: 'provisioning',
    deadline: 'stage',
    entry: ['commitStock'],
    steady: ['voidFormer'],
    always: [
      { when: 'suspected', to: 'needs_operator' },
      { when: 'stockRefused', to: 'undoing_lines', reason: 'sold_out_meanwhile' },
      ...MONEY_GONE,
      { when: 'committedAsReady', to: 'delivering' },
      { when: 'everythingCommitted', to: 'provisioning' },
    ],
    on: {
      'stock.allocated': [{ emit: ['askForAllocated'] }],
      ...HOLD_LAPSES,
      'payment.notified': NOTIFIED,
      'payment.step_refused': [REFUSED],
      'cancel.requested': undoWhenCancelled,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  /** All lines or none: nothing is collected before everything is made. */
  provisioning: {
    public: 'provisioning',
    deadline: 'stage',
    entry: ['provisionLines', 'askForArrivals'],
    steady: ['provisionMore', 'voidFormer'],
    always: [
      { when: 'suspected', to: 'needs_operator' },
      { when: 'lineFailed', to: 'undoing_lines', reason: 'provisioning_failed' },
      ...MONEY_GONE,
      { when: 'everyLineProvisioned', to: 'capturing' },
    ],
    on: {
      'stock.allocated': [{ emit: ['askForAllocated'] }],
      ...HOLD_LAPSES,
      'line.stuck': STUCK,
      'payment.step_refused': [REFUSED],
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'cancel.requested': undoWhenCancelled,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  /** Each line for itself: made, collected, handed over; what fails is undone while the others go on. */
  delivering: {
    public: 'provisioning',
    deadline: 'stage',
    entry: ['provisionLines', 'activateLines', 'askForArrivals'],
    steady: ['provisionMore', 'undoFailed', 'captureDue', 'activateMore', 'refundExcess', 'voidFormer'],
    always: [
      { when: 'suspected', to: 'needs_operator' },
      { when: 'everyLineDelivered', to: 'completed' },
      { when: 'nothingMoreToMake', to: 'undoing_lines', keep: 'delivered', reason: 'part_failed' },
      { when: 'restTooSmall', to: 'undoing_lines', keep: 'released', reason: 'rest_too_small' },
      ...MONEY_GONE.map((row): Row => ({ ...row, keep: 'delivered' })),
    ],
    on: {
      'stock.allocated': [{ emit: ['askForAllocated'] }],
      ...HOLD_LAPSES,
      'line.failed': [{ reason: 'part_failed' }],
      'line.stuck': STUCK,
      'line.provisioned': [{ emit: ['deprovisionAgain'] }],
      'payment.capture_refused': [{ to: 'undoing_lines', keep: 'released', reason: 'payment_declined' }],
      'payment.step_refused': [REFUSED],
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'cancel.requested': undoWhenCancelled,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  capturing: {
    public: 'capturing',
    deadline: 'stage',
    steady: ['dropRenewal', 'captureDue', 'voidFormer'],
    always: [
      { when: 'suspected', to: 'needs_operator' },
      { when: 'lineFailed', to: 'undoing_lines', keep: 'delivered', reason: 'provisioning_failed' },
      { when: 'restTooSmall', to: 'undoing_lines', keep: 'delivered', reason: 'rest_too_small' },
      { when: 'fundsLost', to: 'undoing_lines', reason: 'payment_lost' },
      { when: 'disputed', to: 'undoing_lines', reason: 'payment_disputed' },
      { when: 'everythingCollected', to: 'activating' },
    ],
    on: {
      'payment.capture_refused': [{ to: 'undoing_lines', reason: 'payment_declined' }],
      'payment.step_refused': [REFUSED],
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  /** Paid for good; the customer gets to see what was made. */
  activating: {
    public: 'capturing',
    deadline: 'stage',
    entry: ['activateLines'],
    steady: ['dropRenewal', 'voidFormer'],
    always: [
      { when: 'suspected', to: 'needs_operator' },
      { when: 'everyLineDelivered', to: 'completed' },
      { when: 'lineFailed', to: 'undoing_lines', keep: 'delivered', reason: 'provisioning_failed' },
      { when: 'disputed', to: 'undoing_lines', keep: 'delivered', reason: 'payment_disputed' },
    ],
    on: {
      'payment.step_refused': [REFUSED],
      'line.stuck': STUCK,
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  completed: {
    public: 'completed',
    terminal: true,
    entry: ['closeLines'],
    steady: ['dropRenewal', 'voidFormer', 'refundExcess'],
    always: [
      { when: 'suspected', to: 'needs_operator' },
      { when: 'chargedBack', to: 'needs_operator' },
      { when: 'refundedOutsideUndecided', to: 'needs_operator' },
      { when: 'refundCameBack', to: 'needs_operator' },
      { when: 'refundFailed', to: 'needs_operator' },
      { when: 'refusedForGood', to: 'needs_operator' },
      { when: 'paidForWithdrawn', to: 'needs_operator' },
    ],
    on: {
      'line.stuck': STUCK,
      'line.provisioned': [{ emit: ['deprovisionAgain'] }],
      'payment.step_refused': [REFUSED],
      'effect.parked': PARKED,
      'payment.notified': NOTIFIED,
      'order.nudged': LOOK_AGAIN,
      'cancel.requested': [{ when: 'byOperator', to: 'undoing_lines', reason: 'cancelled_by_operator' }],
    },
  },
  undoing_lines: {
    public: 'compensating',
    deadline: 'stage',
    entry: ['deprovisionLines', 'activateReleased'],
    always: [
      { when: 'moneyGoneOnTheWay', to: 'undoing_lines', keep: 'delivered' },
      { when: 'everyLineUndone', to: 'returning_money' },
    ],
    on: {
      'line.provisioned': [{ emit: ['deprovisionAgain'] }],
      'line.stuck': STUCK,
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'cancel.requested': UNDOING,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  returning_money: {
    public: 'compensating',
    deadline: 'stage',
    steady: ['voidPayments', 'refundExcess'],
    always: [
      { when: 'moneySettled', to: 'returning_stock' },
      { when: 'refusedForGood', to: 'needs_operator' },
      { when: 'nothingToRefundFrom', to: 'needs_operator' },
    ],
    on: {
      'line.provisioned': [{ emit: ['deprovisionAgain'] }],
      'line.stuck': TURNED_UP,
      'payment.notified': NOTIFIED,
      'order.nudged': ASK_AGAIN,
      'cancel.requested': UNDOING,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  returning_stock: {
    public: 'compensating',
    deadline: 'stage',
    entry: ['returnStock', 'returnPromotions', 'returnAllowance'],
    always: [
      { when: 'moneyOutstanding', to: 'returning_money' },
      { when: 'stockReturnedAfterDelivery', to: 'completed' },
      { when: 'stockReturnedAfterCharge', to: 'refunded' },
      { when: 'stockReturned', to: 'cancelled' },
    ],
    on: {
      'line.provisioned': [{ emit: ['deprovisionAgain'] }],
      'line.stuck': TURNED_UP,
      'payment.notified': NOTIFIED,
      'cancel.requested': UNDOING,
      'stage.overdue': PARKED,
      'effect.parked': PARKED,
    },
  },
  cancelled: {
    public: 'cancelled',
    terminal: true,
    entry: ['closeLines'],
    on: AFTER_UNDOING,
  },
  refunded: {
    public: 'refunded',
    terminal: true,
    entry: ['closeLines'],
    on: AFTER_UNDOING,
  },
  /** What cannot go on by itself. Facts still arrive and may heal it; otherwise a person retries or cancels. */
  needs_operator: {
    public: 'needs_operator',
    always: [
      { when: 'suspicionConfirmed', to: 'undoing_lines', reason: 'refused_by_review' },
      { when: 'suspicionCleared', to: 'resume' },
      { when: 'withdrawnSettled', to: 'resume' },
    ],
    on: {
      ...HOLD_LAPSES,
      'review.decided': [{ when: 'reviewed' }],
      'operator.retried': [{ to: 'resume' }],
      'operator.step_retried': [{}],
      // Who decided what becomes of the goods has seen what became of the money.
      'access.decided': [{ when: 'nothingToDecide', to: 'resume' }],
      'operator.resolved': [
        {
          when: 'resolvedCompleted',
          to: 'completed',
          emit: ['releaseCards', 'settleByHand', 'commitStock', 'claimPromotions', 'claimAllowance'],
        },
        {
          when: 'resolvedCancelled',
          to: 'cancelled',
          reason: 'cancelled_by_operator',
          emit: ['releaseCards', 'settleByHand', 'returnPromotions', 'returnAllowance'],
        },
        {
          when: 'resolvedRefunded',
          to: 'refunded',
          reason: 'cancelled_by_operator',
          emit: ['releaseCards', 'settleByHand', 'returnPromotions', 'returnAllowance'],
        },
      ],
      'payment.notified': NOTIFIED,
      'line.provisioned': [{ emit: ['deprovisionAgain'] }],
      'line.stuck': TURNED_UP,
      'cancel.requested': [{ when: 'byOperator', to: 'undoing_lines', reason: 'cancelled_by_operator' }],
      'window.ended': [{ when: 'windowOverWhilePlacing', to: 'undoing_lines', reason: 'placing_timed_out' }],
    },
  },
  /** Nothing was ever ordered: the body names what cannot be bought. */
  rejected: { public: null, terminal: true, on: {} },
} as const satisfies Record<State, StateSpec>;

export const specOf = (state: State): StateSpec => TABLE[state];
export const STATES = Object.keys(TABLE) as State[];
