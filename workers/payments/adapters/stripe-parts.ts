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

/** A payment with all its refunds, newest first. */
interface WithRefunds {
  intent: Stripe.PaymentIntent;
  refunds: Stripe.Refund[];
}

/**
 * The refunds of a payment as they were at one moment with the payment's own sum of them. They come with it up to a page;
 * more are listed by themselves, and the payment is read again behind the list: should its sum have changed meanwhile, both
 * are read anew, since a sum and a list of two moments look like a refund made, or sent back, past the order.
 */
export async function withRefunds(client: Stripe, intent: Stripe.PaymentIntent): Promise<WithRefunds> {
  const first = chargeOf(intent)?.refunds ?? null;
  if (first?.has_more !== true) return { intent, refunds: first?.data ?? [] };
  let present = intent;
  let refunds: Stripe.Refund[] = [];
  for (let reading = 0; reading < READINGS_MAX; reading += 1) {
    const before = chargeOf(present)?.amount_refunded;
    refunds = await client.refunds
      .list({ payment_intent: intent.id, limit: PAGE })
      .autoPagingToArray({ limit: REFUNDS_MAX });
    present = await client.paymentIntents.retrieve(intent.id, WITH_CHARGE);
    if (chargeOf(present)?.amount_refunded === before) break;
  }
  return { intent: present, refunds };
}
/** Nobody refunds one payment so fast for so long. */
const READINGS_MAX = 5;

/** One more request only for a payment that was disputed, and two for one with many refunds. */
export async function partsOf(
  client: Stripe,
  intent: Stripe.PaymentIntent,
): Promise<IntentParts & Pick<WithRefunds, 'intent'>> {
  const isDisputed = chargeOf(intent)?.disputed === true;
  const [read, disputes] = await Promise.all([
    withRefunds(client, intent),
    isDisputed ? client.disputes.list({ payment_intent: intent.id, limit: PAGE }) : null,
  ]);
  return { ...read, disputes: disputes?.data ?? [] };
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
