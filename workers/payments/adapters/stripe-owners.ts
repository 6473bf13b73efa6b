import { Stripe } from 'stripe';
import type { EventOwnerSource } from '../usecases/ports.ts';
import { CASH_MOVED } from './stripe-event-types.ts';
import { paymentShown } from './stripe-events.ts';
import { isOver, isTransfer, mayBeTransferred } from './stripe-transfers.ts';

const PAGE = 100;

/** Asks Stripe: the charge names its payment, the payment carries our metadata. */
export function stripeOwners(client: Stripe): EventOwnerSource {
  return {
    async ownerOf({ eventId, type, paymentId, chargeId }) {
      try {
        if (paymentId !== null)
          return paymentShown(await client.paymentIntents.retrieve(paymentId)) ?? 'elsewhere';
        if (type === CASH_MOVED) return paymentShown(await transferredFor(client, eventId));
        if (chargeId === null) return null;
        const { payment_intent: intent } = await client.charges.retrieve(chargeId, {
          expand: ['payment_intent'],
        });
        // A charge without one was never asked for by us either.
        return paymentShown(intent) ?? 'elsewhere';
      } catch (error) {
        if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return null;
        throw error;
      }
    },
  };
}

/**
 * Which payment a transfer that no open payment took may have been meant for: its customer's newest by transfer that is
 * over; while one is open still, that one; else one that could have been paid by transfer and was paid in another way.
 * Whoever looks at it gives back what is left.
 */
async function transferredFor(client: Stripe, eventId: string): Promise<Stripe.PaymentIntent | null> {
  const event = await client.events.retrieve(eventId);
  if (event.type !== CASH_MOVED) return null;
  const { customer, currency } = event.data.object;
  const { data } = await client.paymentIntents.list({
    customer: typeof customer === 'string' ? customer : customer.id,
    limit: PAGE,
    expand: ['data.payment_method'],
  });
  const payments = data.filter((intent) => intent.currency === currency);
  const transfers = payments.filter(isTransfer);
  const others = payments.filter(mayBeTransferred);
  return transfers.find(isOver) ?? transfers[0] ?? others.find(isOver) ?? others[0] ?? null;
}
