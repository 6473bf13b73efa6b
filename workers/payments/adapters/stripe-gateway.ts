import { Stripe } from 'stripe';
import { fail, type Result } from '#shared/domain/result.ts';
import type { PaymentError, PaymentSnapshot } from '#shared/contracts/payments.ts';
import type { PaymentGateway } from '../usecases/ports.ts';
import { toPaymentError } from './stripe-errors.ts';
import { toSnapshot } from './stripe-snapshot.ts';

export interface StripeOptions {
  secretKey: string;
  /** Origin of the API. */
  apiBase: string;
  fetch: typeof fetch;
}

const TIMEOUT_MS = 15_000;
/**
 * None here: the caller's outbox repeats with the same key and backoff. Two layers of retries would multiply the load on
 * a provider that is in trouble, and outlast the time the outbox grants one delivery.
 */
const NETWORK_RETRIES_MAX = 0;
const WITH_CHARGE = { expand: ['latest_charge'] };

type Outcome = Result<PaymentSnapshot, PaymentError>;

/** The one client of this API version and address. */
export function stripeClient(options: StripeOptions): Stripe {
  const { protocol, hostname, port } = new URL(options.apiBase);
  const plain = protocol === 'http:';
  return new Stripe(options.secretKey, {
    apiVersion: Stripe.API_VERSION,
    httpClient: Stripe.createFetchHttpClient(options.fetch),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: NETWORK_RETRIES_MAX,
    telemetry: false,
    protocol: plain ? 'http' : 'https',
    host: hostname,
    port: port === '' ? (plain ? 80 : 443) : Number(port),
  });
}

/** Payments at Stripe: payment intents, captured manually where the caller asks for it. */
export function stripeGateway(client: Stripe): PaymentGateway {
  const get = (paymentId: string): Promise<Outcome> =>
    attempt(() => client.paymentIntents.retrieve(paymentId, WITH_CHARGE));

  /** After a refusal because of the present state: done already counts as done. */
  async function orDone(outcome: Outcome, paymentId: string, done: (now: PaymentSnapshot) => boolean) {
    if (outcome.ok || outcome.error.code !== 'invalid_state') return outcome;
    const now = await get(paymentId);
    return now.ok && done(now.value) ? now : outcome;
  }

  return {
    get,

    create: (input) =>
      attempt(() =>
        client.paymentIntents.create(
          {
            amount: input.amount.amount,
            currency: input.amount.currency.toLowerCase(),
            capture_method: input.captureMode,
            automatic_payment_methods: { enabled: true },
            metadata: { order_id: input.orderId, order_number: input.orderNumber },
            description: `Order ${input.orderNumber}`,
            ...(input.customerEmail === null ? {} : { receipt_email: input.customerEmail }),
            ...WITH_CHARGE,
          },
          { idempotencyKey: input.idempotencyKey },
        ),
      ),

    async capture({ paymentId, amount, idempotencyKey }) {
      const captured = await attempt(() =>
        client.paymentIntents.capture(
          paymentId,
          { amount_to_capture: amount, ...WITH_CHARGE },
          { idempotencyKey },
        ),
      );
      return orDone(captured, paymentId, (now) => now.state === 'captured' && now.captured === amount);
    },

    async cancel({ paymentId, idempotencyKey }) {
      const cancelled = await attempt(() =>
        client.paymentIntents.cancel(paymentId, WITH_CHARGE, { idempotencyKey }),
      );
      return orDone(cancelled, paymentId, (now) => now.state === 'cancelled');
    },

    async refund({ paymentId, orderId, amount, idempotencyKey }) {
      try {
        await client.refunds.create(
          { payment_intent: paymentId, amount, metadata: { order_id: orderId } },
          { idempotencyKey },
        );
      } catch (error) {
        const refused: Outcome = fail(toPaymentError(error));
        return orDone(refused, paymentId, (now) => now.captured > 0 && now.refunded === now.captured);
      }
      return get(paymentId);
    },
  };
}

async function attempt(call: () => Promise<Stripe.PaymentIntent>): Promise<Outcome> {
  let intent: Stripe.PaymentIntent;
  try {
    intent = await call();
  } catch (error) {
    return fail(toPaymentError(error));
  }
  return toSnapshot(intent);
}
