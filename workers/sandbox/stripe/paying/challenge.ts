import type { Stripe } from 'stripe';
import { docUrl } from '../errors.ts';
import { stripeId } from '../ids.ts';
import type { OperationContext } from '../operations/context.ts';
import { approve, end } from './ends.ts';
import { methodOf, testMethodOf } from './method.ts';

/** The bank's question whether it is really the customer. */

const CODE = 'payment_intent_authentication_failure';
const FAILED =
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.';

/** Where the customer goes: by a redirect, or as Stripe.js shows it in a frame. */
export function challengeAction(
  context: OperationContext,
  intent: { id: string; client_secret: string | null },
  { returnUrl, stripeJs }: { returnUrl: string | null; stripeJs: boolean },
) {
  const url = new URL(context.challengeUrl(intent));
  if (returnUrl !== null) url.searchParams.set('return_url', returnUrl);
  return stripeJs && returnUrl === null
    ? {
        type: 'use_stripe_sdk',
        use_stripe_sdk: {
          type: 'three_d_secure_redirect',
          stripe_js: url.toString(),
          source: stripeId('src'),
        },
      }
    : { type: 'redirect_to_url', redirect_to_url: { url: url.toString(), return_url: returnUrl } };
}

export function passChallenge(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  const method = methodOf(context, intent);
  const { outcome } = testMethodOf(context, method);
  return outcome.kind === 'challenge'
    ? end(context, intent, method, outcome.ends, 'challenge')
    : approve(context, intent, method, 'challenge');
}

/** The bank is not convinced: nothing was charged, and the payment stays open for another method. */
export function failChallenge(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  const failed: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_payment_method',
    payment_method: null,
    next_action: null,
    last_payment_error: {
      type: 'invalid_request_error',
      code: CODE,
      doc_url: docUrl(CODE),
      message: FAILED,
      payment_method: methodOf(context, intent),
    },
  };
  context.store.put(failed);
  context.emit('payment_intent.payment_failed', failed);
  return failed;
}
