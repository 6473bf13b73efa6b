import { Stripe } from 'stripe';
import type { EventOwnerSource } from '../usecases/ports.ts';
import { paymentShown } from './stripe-events.ts';

/** Asks Stripe: the charge names its payment, the payment carries our metadata. */
export function stripeOwners(client: Stripe): EventOwnerSource {
  return {
    async ownerOf({ paymentId, chargeId }) {
      try {
        if (paymentId !== null) return paymentShown(await client.paymentIntents.retrieve(paymentId));
        if (chargeId === null) return null;
        const { payment_intent: intent } = await client.charges.retrieve(chargeId, {
          expand: ['payment_intent'],
        });
        return intent === null || typeof intent === 'string' ? null : paymentShown(intent);
      } catch (error) {
        if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return null;
        throw error;
      }
    },
  };
}
