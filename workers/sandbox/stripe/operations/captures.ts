import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { moneyTaken } from '../paying/ends.ts';
import { returnTransfers } from '../paying/transfer.ts';
import { invalidRequest } from '../errors.ts';
import type { cancelIntentParams, captureIntentParams } from '../parameters/payment-intents.ts';
import { FIRST_PAGE } from '../storage.ts';
import { chargeOf, need, type OperationContext } from './context.ts';
import { checkSmallest, mergedMetadata, unexpectedState } from './payment-intents.ts';
import { closeReviewOf } from './reviews.ts';

/** Most captures of one payment (https://docs.stripe.com/payments/multicapture). */
const CAPTURES_MAX = 50;

/**
 * Takes a part of what is held, or all of it. Final unless told otherwise: the rest is then released, and the API counts a
 * release as refunded.
 */
export function captureIntent(
  context: OperationContext,
  id: string,
  input: z.infer<typeof captureIntentParams>,
): Stripe.PaymentIntent {
  const intent = need(context, 'payment_intent', id);
  const charge = chargeOf(context, intent);
  if (intent.status !== 'requires_capture' || charge === null) {
    throw unexpectedState(
      intent,
      intent.status === 'succeeded'
        ? 'This PaymentIntent could not be captured because it has already been captured.'
        : `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    );
  }
  const amount = input.amount_to_capture ?? intent.amount_capturable;
  checkCapture(context, intent, charge, amount, input.final_capture ?? true);
  const left = intent.amount_capturable - amount;
  const open = input.final_capture === false && left > 0;
  const metadata = mergedMetadata(intent.metadata, input.metadata);
  const captured: Stripe.PaymentIntent = {
    ...intent,
    metadata,
    status: open ? 'requires_capture' : 'succeeded',
    amount_capturable: open ? left : 0,
    amount_received: intent.amount_received + amount,
  };
  const settled: Stripe.Charge = {
    ...charge,
    captured: !open,
    amount_captured: charge.amount_captured + amount,
    amount_refunded: charge.amount_refunded + (open ? 0 : left),
  };
  context.store.put(settled);
  context.store.put(captured);
  context.emit('charge.captured', moneyTaken(context, captured, settled, !open));
  context.emit(open ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded', captured);
  return captured;
}

function capturesOf(context: OperationContext, intent: Stripe.PaymentIntent): number {
  const page = { ...FIRST_PAGE, parent: intent.id, labels: ['charge.captured'], limit: CAPTURES_MAX };
  return context.store.list('event', page)?.data.length ?? 0;
}

function checkCapture(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
  amount: number,
  final: boolean,
): void {
  if (amount < 1)
    throw invalidRequest('Amount to capture must be at least 1.', { param: 'amount_to_capture' });
  checkSmallest(amount, intent.currency, 'amount_to_capture');
  if (amount > intent.amount_capturable) {
    throw invalidRequest(
      `Amount to capture (${amount}) is greater than the amount that can be captured (${intent.amount_capturable}).`,
      { code: 'amount_too_large', param: 'amount_to_capture', payment_intent: intent },
    );
  }
  if (final) return;
  if (charge.payment_method_details?.card?.multicapture?.status !== 'available') {
    throw invalidRequest(
      'This PaymentIntent cannot be captured several times: multicapture is not available.',
      {
        param: 'final_capture',
        payment_intent: intent,
      },
    );
  }
  if (capturesOf(context, intent) + 1 >= CAPTURES_MAX) {
    throw invalidRequest(`A PaymentIntent can be captured ${CAPTURES_MAX} times at most.`, {
      param: 'final_capture',
      payment_intent: intent,
    });
  }
}

const CANCELLABLE = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
];

/** Gives back what is held; what was captured in part stays captured and the payment has succeeded with it. */
export function cancelIntent(
  context: OperationContext,
  id: string,
  input: z.infer<typeof cancelIntentParams>,
): Stripe.PaymentIntent {
  const intent = need(context, 'payment_intent', id);
  if (!CANCELLABLE.includes(intent.status)) {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELLABLE.join(', ')}.`,
    );
  }
  returnTransfers(context, intent);
  return release(context, intent, 'charge.refunded', input.cancellation_reason ?? null);
}

/** The hold lapses. A payment that holds nothing is left alone. */
export function expire(context: OperationContext, intentId: string): void {
  const intent = context.store.get('payment_intent', intentId);
  if (intent?.status === 'requires_capture') release(context, intent, 'charge.expired', 'automatic');
}

function release(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  event: 'charge.refunded' | 'charge.expired',
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  const charge = intent.status === 'requires_capture' ? chargeOf(context, intent) : null;
  const partly = intent.amount_received > 0;
  if (charge !== null) {
    const refunded = charge.amount_refunded + intent.amount_capturable;
    const released: Stripe.Charge = {
      ...charge,
      captured: partly,
      refunded: refunded === charge.amount,
      amount_refunded: refunded,
    };
    context.store.put(released);
    context.emit(event, released);
  }
  const ended: Stripe.PaymentIntent = {
    ...intent,
    status: partly ? 'succeeded' : 'canceled',
    amount_capturable: 0,
    canceled_at: partly ? null : context.now,
    cancellation_reason: partly ? null : reason,
    next_action: null,
  };
  context.store.put(ended);
  if (!partly) closeReviewOf(context, intent.id, 'canceled');
  context.emit(partly ? 'payment_intent.succeeded' : 'payment_intent.canceled', ended);
  return ended;
}
