import type { Stripe } from 'stripe';

const PAGE = 100;
const REFUNDS_MAX = 1_000;

/** All refunds of a payment, newest first. One more request only where `latest_charge.refunds` has a further page. */
export async function allRefunds(client: Stripe, intent: Stripe.PaymentIntent): Promise<Stripe.Refund[]> {
  const charge = typeof intent.latest_charge === 'string' ? null : intent.latest_charge;
  const refunds = charge?.refunds ?? null;
  if (refunds?.has_more !== true) return refunds?.data ?? [];
  return client.refunds
    .list({ payment_intent: intent.id, limit: PAGE })
    .autoPagingToArray({ limit: REFUNDS_MAX });
}
