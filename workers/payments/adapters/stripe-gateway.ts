import { Stripe } from 'stripe';
import { fail, type Result } from '#shared/domain/result.ts';
import type { CreatePaymentInput, PaymentError, PaymentSnapshot } from '#shared/contracts/payments.ts';
import { type Clock, MINUTE_MS, systemClock } from '#shared/time/time.ts';
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
export function stripeGateway(client: Stripe, clock: Clock = systemClock): PaymentGateway {
  const get = (paymentId: string): Promise<Outcome> =>
    asOutcome(() => client.paymentIntents.retrieve(paymentId, WITH_CHARGE));

  const open = (input: CreatePaymentInput, idempotencyKey: string): Promise<Stripe.PaymentIntent> =>
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
      { idempotencyKey },
    );

  /** The payment an order has already, whatever the reply to its creation said. Seconds behind at the provider. */
  async function opened(orderId: string): Promise<Stripe.PaymentIntent | null> {
    const query = `metadata['order_id']:'${orderId}'`;
    const { data } = await client.paymentIntents.search({ query, limit: 1, expand: ['data.latest_charge'] });
    return data[0] ?? null;
  }

  /** Whether the refund this key stands for was made, whatever its reply said. */
  async function isRefunded(paymentId: string, idempotencyKey: string): Promise<boolean> {
    const { data } = await client.refunds.list({ payment_intent: paymentId, limit: 100 });
    return data.some((refund) => refund.metadata?.['idempotency_key'] === idempotencyKey);
  }

  /** After a refusal because of the present state: done already counts as done. */
  async function orDone(outcome: Outcome, paymentId: string, done: (now: PaymentSnapshot) => boolean) {
    if (outcome.ok || outcome.error.code !== 'invalid_state') return outcome;
    const now = await get(paymentId);
    return now.ok && done(now.value) ? now : outcome;
  }

  return {
    get,

    create: (input) =>
      asOutcome(() =>
        open(input, input.idempotencyKey).catch(async (error: unknown) => {
          if (!isRememberedFault(error)) throw error;
          return (await opened(input.orderId)) ?? open(input, laterKey(input.idempotencyKey, clock.now()));
        }),
      ),

    async capture({ paymentId, amount, idempotencyKey }) {
      const captured = await attempt(idempotencyKey, (key) =>
        client.paymentIntents.capture(
          paymentId,
          { amount_to_capture: amount, ...WITH_CHARGE },
          { idempotencyKey: key },
        ),
      );
      return orDone(captured, paymentId, (now) => now.state === 'captured' && now.captured === amount);
    },

    async cancel({ paymentId, idempotencyKey }) {
      const cancelled = await attempt(idempotencyKey, (key) =>
        client.paymentIntents.cancel(paymentId, WITH_CHARGE, { idempotencyKey: key }),
      );
      return orDone(cancelled, paymentId, (now) => now.state === 'cancelled');
    },

    async refund({ paymentId, orderId, amount, idempotencyKey }) {
      const metadata = { order_id: orderId, idempotency_key: idempotencyKey };
      const create = (key: string) =>
        client.refunds.create({ payment_intent: paymentId, amount, metadata }, { idempotencyKey: key });
      try {
        await create(idempotencyKey).catch(async (error: unknown) => {
          if (!isRememberedFault(error)) throw error;
          if (!(await isRefunded(paymentId, idempotencyKey))) await create(secondKey(idempotencyKey));
        });
      } catch (error) {
        const refused: Outcome = fail(toPaymentError(error));
        return orDone(refused, paymentId, (now) => now.captured > 0 && now.refunded === now.captured);
      }
      return get(paymentId);
    },
  };
}

/**
 * Asks with the key, and once more with a second one when the provider only repeats a fault of its own that it remembers
 * under the first. A payment intent's own state keeps such a second try from doing a thing twice.
 */
async function attempt(
  idempotencyKey: string,
  call: (key: string) => Promise<Stripe.PaymentIntent>,
): Promise<Outcome> {
  return asOutcome(() =>
    call(idempotencyKey).catch((error: unknown) => {
      if (!isRememberedFault(error)) throw error;
      return call(secondKey(idempotencyKey));
    }),
  );
}

async function asOutcome(call: () => Promise<Stripe.PaymentIntent>): Promise<Outcome> {
  let intent: Stripe.PaymentIntent;
  try {
    intent = await call();
  } catch (error) {
    return fail(toPaymentError(error));
  }
  return toSnapshot(intent);
}

/** A 5xx is kept under its idempotency key like any outcome (https://docs.stripe.com/api/idempotent_requests). */
const isRememberedFault = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeAPIError &&
  (error.statusCode ?? 0) >= 500 &&
  error.headers?.['idempotent-replayed'] === 'true';

const KEY_LENGTH_MAX = 255;
const secondKey = (key: string): string => `second:${key}`.slice(0, KEY_LENGTH_MAX);

/** A creation has no state to look at: each key that remembers a fault is left behind, but not many in a short time. */
const LATER_SLOT_MS = 10 * MINUTE_MS;
const laterKey = (key: string, now: number): string =>
  `later:${Math.floor(now / LATER_SLOT_MS)}:${key}`.slice(0, KEY_LENGTH_MAX);
