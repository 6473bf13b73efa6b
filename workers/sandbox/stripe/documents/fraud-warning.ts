import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';

/** The issuer says early that a charge may be fraud (https://docs.stripe.com/api/radar/early_fraud_warnings/object). */
export const newFraudWarning = (
  charge: Stripe.Charge,
  actionable: boolean,
  now: number,
): Stripe.Radar.EarlyFraudWarning => ({
  id: stripeId('issfr'),
  object: 'radar.early_fraud_warning',
  actionable,
  charge: charge.id,
  created: now,
  fraud_type: 'made_with_stolen_card',
  livemode: false,
  ...(typeof charge.payment_intent === 'string' ? { payment_intent: charge.payment_intent } : {}),
});
