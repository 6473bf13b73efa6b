import { positionsOf } from './bundles.ts';
import { customerLimitText } from '#shared/domain/purchase-limits.ts';
import { allowanceReached } from './allowance.ts';
import type { OrderDocument, Reason } from './document.ts';
import { unresolvedRefunds } from './after-sale/settlement.ts';
import { unacceptedLosses } from './disputes.ts';
import {
  excessOf,
  isNothingToRefundFrom,
  isRefundBack,
  isRefusedForGood,
  ledgersOf,
  refusedCardOf,
} from './money.ts';
import { isChangedTakenBack, paidForWithdrawn, withdrawnAttention } from './withdrawn.ts';
import { isSuspected } from './fraud/guards.ts';
import { findingsOf, fraudOf, SUSPICION } from './fraud/record.ts';
import type { OrderEvent } from './events.ts';

/** Why an order ends or is undone: code → words for the customer, from what just happened. */
export const REASONS = {
  not_purchasable: () => 'Something in this order cannot be bought as asked for.',
  placing_timed_out: () => 'The order could not be placed in time.',
  out_of_stock: (document) =>
    document.shortage === null
      ? 'Not enough in stock.'
      : `Not enough in stock: ${titleOf(document, document.shortage.lineIndex)} (${document.shortage.available} available).`,
  promotion_used_up: ({ promotions }) => {
    const refused = promotions.find((claim) => claim.state === 'refused');
    const name = refused?.code ?? refused?.title ?? 'The promotion';
    return refused?.refusal === 'used_up_by_customer'
      ? `${name} was used as often as it may be by one customer.`
      : `${name} is used up.`;
  },
  purchase_limit: (document) => {
    const reached = allowanceReached(document);
    return reached === null
      ? 'More than one customer may buy.'
      : `${reached.title}: ${customerLimitText({ quantity: reached.limit, days: reached.days })}, ${reached.left} more for you now.`;
  },
  sold_out_meanwhile: (document) =>
    `${titleOf(document, document.shortage?.lineIndex ?? 0)} sold out before the payment arrived.`,
  blocked: () => 'We cannot accept this order.',
  refused_by_review: () => 'We cannot accept this order.',
  review_timed_out: () => 'We could not check this order in time.',
  payment_method_unknown: () => 'The payment method chosen is none of those you keep.',
  gift_card_refused: (document) => {
    const { index = 0, detail = 'cannot be spent' } = refusedCardOf(document) ?? {};
    return `The gift card ending in ${document.giftCards?.[index]?.ending ?? ''} ${detail}.`;
  },
  payment_unavailable: () => 'The payment could not be started.',
  payment_abandoned: ({ payment }) =>
    payment.lastError === null
      ? 'The time to pay ran out.'
      : `The time to pay ran out. The last attempt to pay was declined: ${payment.lastError}`,
  payment_cancelled: () => 'The payment was cancelled at the payment service.',
  payment_mismatch: () => 'The amount paid is not the amount of the order. You get your money back.',
  payment_lost: () => 'The payment was withdrawn before delivery.',
  payment_disputed: () => 'Your bank has taken the payment back.',
  rest_too_small: () => 'What could be delivered costs less than can be charged: you do not pay for it.',
  payment_declined: () => 'The payment could not be collected.',
  provisioning_failed: (_, event) =>
    event.type === 'line.failed' && event.detail !== ''
      ? `It could not be delivered: ${event.detail}`
      : 'It could not be delivered.',
  part_failed: (_, event) =>
    event.type === 'line.failed' && event.detail !== ''
      ? `A part could not be delivered: ${event.detail}`
      : 'A part could not be delivered.',
  authorisation_expired: () => 'The approval of the payment ran out before everything was ready.',
  cancelled_by_customer: (_, event) => withWish('Cancelled at the customer’s request', event),
  cancelled_by_operator: (_, event) => withWish('Cancelled by our team', event),
  paid_after_end: () => 'A payment arrived after the order had ended. You get your money back.',
} as const satisfies Record<string, (document: OrderDocument, event: OrderEvent) => string>;
export type ReasonCode = keyof typeof REASONS;

export const reasonFor = (code: ReasonCode, document: OrderDocument, event: OrderEvent): Reason => ({
  code,
  text: REASONS[code](document, event),
});

const STEP_TEXTS: Record<string, string> = {
  'fraud.assess': 'The order could not be checked yet.',
  'stock.hold': 'The stock could not be reserved yet.',
  'stock.commit': 'The stock could not be taken yet.',
  'stock.return': 'The stock could not be released yet.',
  'promotion.claim': 'The promotion could not be reserved yet.',
  'allowance.claim': 'What you may buy could not be reserved yet.',
  'allowance.return': 'What you may buy could not be released yet.',
  'edit.undo': 'A change that was not made could not be undone yet.',
  'promotion.return': 'The promotion could not be released yet.',
  'payment.hold': 'The gift card could not be set aside for the order yet.',
  'payment.create': 'The payment could not be started yet.',
  'payment.close': 'The payment service does not answer.',
  'payment.capture': 'The payment could not be collected yet.',
  'payment.void': 'The payment could not be released yet.',
  'payment.refund': 'The refund could not be made yet.',
};
/** Cause of an order that waits: retrying does not help, only a person can give the money back. */
export const NOTHING_TO_REFUND_FROM = 'nothing_to_refund_from';
/** Cause of an order that waits: the customer's bank sent a refund back. */
export const REFUND_FAILED = 'refund_failed';

const LOOKING = 'Our team has been told and is looking into it.';

/** Why a person must look, from what just happened. */
export function attentionFor(document: OrderDocument, event: OrderEvent): OrderDocument['attention'] {
  if (event.type === 'effect.parked' || event.type === 'payment.step_refused') {
    return {
      code: `${event.step.replaceAll('.', '_')}_failed`,
      text: `${STEP_TEXTS[event.step] ?? 'One step did not succeed.'} ${LOOKING}`,
      detail: event.error,
    };
  }
  if (event.type === 'line.stuck' && !isChangedTakenBack(event)) {
    return {
      code: event.code ?? 'line_stuck',
      text: `One delivery needs a hand. ${LOOKING}`,
      detail: event.detail,
    };
  }
  if (event.type === 'stage.overdue') {
    return {
      code: `${document.state}_overdue`,
      text: `This takes longer than it should. ${LOOKING}`,
      detail: `no progress in state ${document.state} since ${new Date(document.stageSince).toISOString()}`,
    };
  }
  if (isSuspected(document)) {
    return {
      code: SUSPICION,
      text: 'We are checking your order.',
      detail: findingsOf(fraudOf(document).payment),
    };
  }
  const refused = ledgersOf(document).find(isRefusedForGood);
  if (refused !== undefined) {
    return {
      code: 'payment_refund_failed',
      text: `${STEP_TEXTS['payment.refund']} ${LOOKING}`,
      detail: `refunds of payment ${refused.paymentId} came back or were refused ${refused.refusals} times`,
    };
  }
  if (isNothingToRefundFrom(document)) {
    return {
      code: NOTHING_TO_REFUND_FROM,
      text: `What was settled with you has to be settled anew. ${LOOKING}`,
      detail: `${excessOf(document)} of what a person settled by hand would have to go back, and no payment has it`,
    };
  }
  const [failed] = unresolvedRefunds(document);
  if (failed !== undefined) {
    return {
      code: REFUND_FAILED,
      text: `A refund came back from your bank. ${LOOKING}`,
      detail: `refund ${failed.id} of ${failed.amount} failed at the provider`,
    };
  }
  const [lost] = unacceptedLosses(document);
  if (lost !== undefined) {
    return {
      code: 'charged_back',
      text: `The payment was charged back by your bank. ${LOOKING}`,
      detail: `dispute ${lost.disputeId} of ${lost.amount} is lost (${lost.reason})`,
    };
  }
  const { captured, refunded } = document.payment;
  if (isRefundBack(document)) {
    return {
      code: 'refund_came_back',
      text: `A refund came back from your bank. ${LOOKING}`,
      detail: `a refund made outside this order failed: the provider reports ${refunded} refunded of ${captured}`,
    };
  }
  if (paidForWithdrawn(document) > 0) return withdrawnAttention(document, event.at);
  return {
    code: 'refunded_outside',
    text: `A refund was made outside this order. ${LOOKING}`,
    detail: `the provider reports ${refunded} refunded of ${captured}`,
  };
}

/** Of what was asked for in this place: a bundle by its own title. */
function titleOf(document: OrderDocument, index: number): string {
  const position = positionsOf(document)[index];
  return position?.bundle?.title ?? position?.lines[0]?.title ?? 'one article';
}

function withWish(text: string, event: OrderEvent): string {
  if (event.type === 'operator.resolved') return `${text}: ${event.text}`;
  return event.type === 'cancel.requested' && event.text !== null ? `${text}: ${event.text}` : `${text}.`;
}
