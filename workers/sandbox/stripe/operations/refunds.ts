import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { testMethodById } from '../paying/method.ts';
import { keepCash, returnCash } from '../paying/transfer.ts';
import { bookRefund, bookRefundFailure } from '../balance.ts';
import { newRefund } from '../documents/refund.ts';
import { invalidRequest } from '../errors.ts';
import type { createRefundParams } from '../parameters/refunds.ts';
import { chargeOf, idOf, need, refundable, type OperationContext } from './context.ts';
import { disputesOf, isOpen, lose } from './disputes.ts';
import { warningsTooLate } from './fraud-warnings.ts';
import { closeReviewOf } from './reviews.ts';

export function createRefund(
  context: OperationContext,
  _id: string,
  input: z.infer<typeof createRefundParams>,
) {
  if (input.origin !== undefined) return refundCash(context, input);
  const charge = chargeToRefund(context, input);
  const left = leftOf(context, charge);
  if (left <= 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    });
  }
  const amount = input.amount ?? left;
  if (amount < 1) {
    throw invalidRequest('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
  }
  if (amount > left) {
    throw invalidRequest(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: 'amount',
    });
  }
  if (charge.payment_method_details?.type === 'customer_balance')
    checkReachable(context, idOf(charge.customer), input);
  const disputes = disputesOf(context, idOf(charge.payment_intent));
  if (disputes.some((dispute) => !dispute.is_charge_refundable)) {
    throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  }
  const outcome = refundOutcomeOf(context, charge);
  const made = newRefund(
    charge,
    {
      status: outcome === 'pending_first' ? 'pending' : 'succeeded',
      amount,
      reason: input.reason ?? null,
      metadata: input.metadata ?? {},
    },
    context.now,
  );
  const refund =
    made.status === 'pending' ? made : { ...made, balance_transaction: bookRefund(context, charge, made) };
  const refunded = refundedBy(charge, amount);
  context.store.put(refund, typeof charge.payment_intent === 'string' ? charge.payment_intent : charge.id);
  context.store.put(refunded);
  if (amount === left) settleQuestions(context, refund, disputes);
  if (outcome !== 'at_once') context.later('refund', refund.id, ENDS_AFTER_MS);
  context.emit('charge.refunded', refunded);
  context.emit('refund.created', refund);
  return refund;
}

function refundCash(context: OperationContext, input: z.infer<typeof createRefundParams>): Stripe.Refund {
  const { currency, amount = null, metadata = {} } = input;
  const { id: customer } = need(context, 'customer', input.customer ?? '');
  checkReachable(context, customer, input);
  if (currency === undefined) {
    throw invalidRequest('Missing required param: currency.', {
      code: 'parameter_missing',
      param: 'currency',
    });
  }
  return returnCash(context, { customer, currency: currency.toLowerCase(), amount, metadata });
}

/** Where a transfer goes back to is asked of whoever sent it (https://docs.stripe.com/payments/customer-balance/refunding). */
function checkReachable(
  context: OperationContext,
  customerId: string,
  input: z.infer<typeof createRefundParams>,
): void {
  const email = input.instructions_email ?? context.store.get('customer', customerId)?.email ?? '';
  if (email !== '') return;
  throw invalidRequest(
    'The customer cannot be asked for a bank account: set an email on the customer, or pass `instructions_email`.',
    { param: 'instructions_email' },
  );
}

/** An inquiry, a review and a warning are answered by giving the whole payment back. */
function settleQuestions(
  context: OperationContext,
  refund: Stripe.Refund,
  disputes: readonly Stripe.Dispute[],
): void {
  const intentId = idOf(refund.payment_intent);
  for (const dispute of disputes) if (isOpen(dispute)) lose(context, dispute);
  closeReviewOf(context, intentId, refund.reason === 'fraudulent' ? 'refunded_as_fraud' : 'refunded');
  warningsTooLate(context, intentId);
}

const refundedBy = (charge: Stripe.Charge, amount: number): Stripe.Charge => ({
  ...charge,
  amount_refunded: charge.amount_refunded + amount,
  refunded: charge.amount_refunded + amount === charge.amount,
});

/** What comes of a refund by itself: it settles, or the customer's bank sends the money back. */
export function endRefund(context: OperationContext, refundId: string): void {
  const refund = context.store.get('refund', refundId);
  const charge = refund === null ? null : context.store.get('charge', idOf(refund.charge));
  if (refund === null || charge === null) return;
  if (refundOutcomeOf(context, charge) === 'fails_later') {
    failRefund(context, refund);
  } else if (refund.status === 'pending') {
    const { pending_reason: _over, ...ended } = refund;
    const settled: Stripe.Refund = {
      ...ended,
      status: 'succeeded',
      balance_transaction: bookRefund(context, charge, refund),
    };
    context.store.put(settled);
    context.emit('refund.updated', settled);
  }
}

/** The money comes back to the shop's account: the charge counts it as refunded no more. */
export function failRefund(context: OperationContext, refund: Stripe.Refund): void {
  if (refund.status !== 'succeeded' && refund.status !== 'pending') return;
  const charge = context.store.get('charge', idOf(refund.charge));
  const { pending_reason: _over, ...ended } = refund;
  const taken = charge !== null && refund.balance_transaction !== null;
  const failed: Stripe.Refund = {
    ...ended,
    status: 'failed',
    failure_reason: 'expired_or_canceled_card',
    ...(taken ? { failure_balance_transaction: bookRefundFailure(context, charge, refund) } : {}),
  };
  context.store.put(failed);
  if (charge !== null) context.store.put(refundedBy(charge, -refund.amount));
  context.emit('refund.updated', failed);
  context.emit('refund.failed', failed);
}

/**
 * Nobody named an account for 45 days: the refund is cancelled, and its money goes to the customer's balance rather than to
 * the shop's (https://docs.stripe.com/payments/customer-balance/refunding).
 */
export function abandonRefund(context: OperationContext, refund: Stripe.Refund): void {
  const charge = context.store.get('charge', idOf(refund.charge));
  const isTransfer = charge?.payment_method_details?.type === 'customer_balance';
  if (charge === null || !isTransfer || FINAL.has(refund.status)) return;
  const { pending_reason: _over, ...ended } = refund;
  const taken = refund.balance_transaction ?? bookRefund(context, charge, refund);
  const canceled: Stripe.Refund = { ...ended, status: 'canceled', balance_transaction: taken };
  context.store.put(canceled);
  keepCash(context, refund);
  context.emit('refund.updated', canceled);
}
const FINAL: ReadonlySet<string | null> = new Set(['failed', 'canceled']);

const ENDS_AFTER_MS = 1_500;

const refundOutcomeOf = (context: OperationContext, charge: Stripe.Charge) =>
  testMethodById(context, charge.payment_method ?? '').refunds;

/** Also while a part of the payment is still held. */
function leftOf(context: OperationContext, charge: Stripe.Charge): number {
  const intent = context.store.get('payment_intent', idOf(charge.payment_intent));
  return refundable(charge, intent?.amount_capturable ?? 0);
}

function chargeToRefund(context: OperationContext, input: z.infer<typeof createRefundParams>): Stripe.Charge {
  if (input.payment_intent === undefined && input.charge === undefined) {
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
    );
  }
  const charge =
    input.payment_intent === undefined
      ? need(context, 'charge', input.charge ?? '')
      : chargeOf(context, need(context, 'payment_intent', input.payment_intent));
  if (charge === null || !charge.paid || charge.amount_captured === 0) {
    throw invalidRequest(
      `This PaymentIntent (${input.payment_intent ?? charge?.id ?? ''}) does not have a successful charge to refund.`,
      { param: 'payment_intent' },
    );
  }
  return charge;
}
