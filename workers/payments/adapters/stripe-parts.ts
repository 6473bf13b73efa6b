import type { Stripe } from 'stripe';
import { EARLY_WARNING } from './stripe-details.ts';
import type { IntentParts } from './stripe-snapshot.ts';

/** What comes with a payment intent in one request. */
export const WITH_CHARGE = { expand: ['latest_charge.refunds', 'latest_charge.review', 'payment_method'] };

const PAGE = 100;
const REFUNDS_MAX = 1_000;

/** Of what the API shows as an id, or as the object itself where it was asked to. */
export const idOf = (reference: string | { id: string } | null | undefined): string | null =>
  typeof reference === 'string' ? reference : (reference?.id ?? null);

export const chargeOf = ({ latest_charge: charge }: Stripe.PaymentIntent): Stripe.Charge | null =>
  charge === null || typeof charge === 'string' ? null : charge;

/** All refunds of a payment, newest first. One more request only where `latest_charge.refunds` has a further page. */
export async function allRefunds(client: Stripe, intent: Stripe.PaymentIntent): Promise<Stripe.Refund[]> {
  const refunds = chargeOf(intent)?.refunds ?? null;
  if (refunds?.has_more !== true) return refunds?.data ?? [];
  return client.refunds
    .list({ payment_intent: intent.id, limit: PAGE })
    .autoPagingToArray({ limit: REFUNDS_MAX });
}

/** One more request only for a payment that was disputed. */
export async function partsOf(client: Stripe, intent: Stripe.PaymentIntent): Promise<IntentParts> {
  const isDisputed = chargeOf(intent)?.disputed === true;
  const [refunds, disputes] = await Promise.all([
    allRefunds(client, intent),
    isDisputed ? client.disputes.list({ payment_intent: intent.id, limit: PAGE }) : null,
  ]);
  return { refunds, disputes: disputes?.data ?? [] };
}

/**
 * The payment with the warning of its card's issuer noted, if there is one: only a search of its own finds it, so it is
 * left with the payment, where every later look sees it (https://docs.stripe.com/api/radar/early_fraud_warnings).
 */
export async function withEarlyWarning(
  client: Stripe,
  intent: Stripe.PaymentIntent,
): Promise<Stripe.PaymentIntent> {
  if (EARLY_WARNING in intent.metadata || chargeOf(intent)?.paid !== true) return intent;
  const { data } = await client.radar.earlyFraudWarnings.list({ payment_intent: intent.id, limit: 1 });
  const [warning] = data;
  if (warning === undefined) return intent;
  return client.paymentIntents.update(intent.id, {
    metadata: { [EARLY_WARNING]: warning.id },
    ...WITH_CHARGE,
  });
}
