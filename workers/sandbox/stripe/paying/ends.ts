import type { Stripe } from 'stripe';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { bookCaptured } from '../balance.ts';
import { type ChargeFate, newCharge } from '../documents/charge.ts';
import type { MethodOptions } from '../documents/intent.ts';
import { docUrl } from '../errors.ts';
import type { Decline, Ending } from '../methods/types.ts';
import { chargeOf, type OperationContext } from '../operations/context.ts';
import { openReview } from '../operations/reviews.ts';
import { keepForLater, testMethodById, testMethodOf } from './method.ts';

/** How an attempt to pay ends. */

/** How long a card's hold stands (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method). */
const HOLD_SECONDS = (7 * DAY_MS) / SECOND_MS;
/** What a test card brings after its capture comes a moment later. */
const AFTERMATH_AFTER_MS = 500;
/** Money captured asynchronously reaches the balance after its capture is told. */
const BOOKED_AFTER_MS = 200;

export function end(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  ending: Ending,
  authenticated: ChargeFate['authenticated'] = null,
): Stripe.PaymentIntent {
  return ending.kind === 'approved'
    ? approve(context, intent, method, authenticated)
    : decline(context, intent, method, ending);
}

/** Funds are held until captured: for the whole payment, or for this type of method alone. */
const holdsFunds = (intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): boolean =>
  intent.capture_method === 'manual' ||
  (intent.payment_method_options as MethodOptions | null)?.[method.type]?.capture_method === 'manual';

/** The shop wants 3-D Secure wherever the card has it (https://docs.stripe.com/payments/3d-secure/authentication-flow). */
export function asksThreeDSecure(intent: Stripe.PaymentIntent): boolean {
  const asked = intent.payment_method_options?.card?.request_three_d_secure;
  return asked === 'any' || asked === 'challenge';
}

/** The bank agrees: funds are held, or taken. */
export function approve(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  passed: ChargeFate['authenticated'] = null,
): Stripe.PaymentIntent {
  const manual = holdsFunds(intent, method);
  const captureBefore = manual ? context.now + HOLD_SECONDS : null;
  const enrolled = testMethodOf(context, method).threeDSecure;
  const charge = chargeFor(context, intent, method, {
    status: 'succeeded',
    captured: !manual,
    captureBefore,
    failure: null,
    authenticated:
      passed ?? (enrolled === 'not_enrolled' && asksThreeDSecure(intent) ? 'acknowledged' : null),
  });
  const paid: Stripe.PaymentIntent = {
    ...intent,
    status: manual ? 'requires_capture' : 'succeeded',
    amount_capturable: manual ? intent.amount : 0,
    amount_received: manual ? 0 : intent.amount,
    latest_charge: charge.id,
    payment_method: method.id,
    last_payment_error: null,
    next_action: null,
    processing: null,
  };
  context.store.put(charge, intent.id);
  context.store.put(paid);
  keepForLater(context, paid, method);
  if (manual) context.later('expire', intent.id, HOLD_SECONDS * SECOND_MS);
  context.emit('charge.succeeded', manual ? charge : moneyTaken(context, paid, charge, true));
  context.emit(manual ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded', paid);
  if (charge.outcome?.type !== 'manual_review') return paid;
  openReview(context, intent.id, 'rule');
  return context.store.get('payment_intent', intent.id) ?? paid;
}

/**
 * Money was taken: it reaches the balance, at once or (`automatic_async`) a moment later, and after the last capture a test
 * card brings what it is known for.
 */
export function moneyTaken(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
  last: boolean,
): Stripe.Charge {
  const method = testMethodById(context, charge.payment_method ?? '');
  if (last && method.aftermath !== null) context.later('aftermath', charge.id, AFTERMATH_AFTER_MS);
  if (intent.capture_method !== 'automatic_async') return bookCaptured(context, charge);
  context.later('book', charge.id, BOOKED_AFTER_MS);
  return charge;
}

/** The bank or the risk evaluation refuses; the payment stays open for another method. */
export function decline(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  reason: Decline,
): Stripe.PaymentIntent {
  const { code, message, declineCode } = reason;
  const fate = {
    status: 'failed' as const,
    captured: false,
    captureBefore: null,
    failure: reason,
    authenticated: null,
  };
  const charge = chargeFor(context, intent, method, fate);
  const failed: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_payment_method',
    latest_charge: charge.id,
    payment_method: null,
    next_action: null,
    processing: null,
    last_payment_error: {
      type: 'card_error',
      charge: charge.id,
      code,
      ...(declineCode === null ? {} : { decline_code: declineCode }),
      doc_url: docUrl(code),
      message,
      payment_method: method,
    },
  };
  context.store.put(charge, intent.id);
  context.store.put(failed);
  context.emit('charge.failed', charge);
  context.emit('payment_intent.payment_failed', failed);
  return failed;
}

/** The charge of this attempt: a pending one ends as it now turned out. */
export function chargeFor(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  fate: ChargeFate,
): Stripe.Charge {
  const made = newCharge(intent, method, testMethodOf(context, method), fate, context.now);
  const pending = intent.status === 'processing' ? chargeOf(context, intent) : null;
  return pending === null ? made : { ...made, id: pending.id, created: pending.created };
}
