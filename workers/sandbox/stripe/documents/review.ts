import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';

/** A payment somebody should look at before the goods leave (https://docs.stripe.com/api/radar/reviews/object). */
export const newReview = (
  charge: Stripe.Charge,
  openedReason: 'manual' | 'rule',
  now: number,
): Stripe.Review => ({
  id: stripeId('prv'),
  object: 'review',
  billing_zip: charge.billing_details.address?.postal_code ?? null,
  charge: charge.id,
  closed_reason: null,
  created: now,
  ip_address: null,
  ip_address_location: null,
  livemode: false,
  open: true,
  opened_reason: openedReason,
  ...(typeof charge.payment_intent === 'string' ? { payment_intent: charge.payment_intent } : {}),
  reason: openedReason,
  session: null,
});
