import { Stripe } from 'stripe';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { type PaymentError, PAYMENTS_PAGE_MAX, type PaymentSnapshot } from '#shared/contracts/payments.ts';
import { type Clock, MINUTE_MS, SECOND_MS, systemClock } from '#shared/time/time.ts';
import type { NewPayment, PaymentGateway, PaymentName, RestWatch } from '../usecases/ports.ts';
import { isAddressRefused, toPaymentError } from './stripe-errors.ts';
import {
  captureMark,
  isKeyOfOther,
  isRememberedFault,
  KEY_TRUSTED_MS,
  laterKey,
  marksToDrop,
  plainKey,
} from './stripe-keys.ts';
import { isChargedAtOnce, newIntentParams } from './stripe-new-intent.ts';
import { partsOf, withEarlyWarning, withRefunds, WITH_CHARGE } from './stripe-parts.ts';
import { giveBackRest, whomToAsk } from './stripe-transfers.ts';
import { REFERENCE, toSnapshot } from './stripe-snapshot.ts';

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

/** How far behind the provider's index is taken to be at most (https://docs.stripe.com/search#data-freshness). */
const INDEX_LAG_MAX_MS = 10 * MINUTE_MS;
const IN_LIST = { expand: WITH_CHARGE.expand.map((path) => `data.${path}`) };

type Outcome = Result<PaymentSnapshot, PaymentError>;
type Intent = Stripe.PaymentIntent;

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

/**
 * Payments at Stripe: payment intents that hold funds where the caller asks for it. Each effect leaves its name with the
 * payment (the order and attempt, a mark per capture, a reference per refund), by which it is found once its key is forgotten.
 */
export function stripeGateway(
  client: Stripe,
  clock: Clock = systemClock,
  rests: RestWatch | null = null,
): PaymentGateway {
  const retrieve = (paymentId: string): Promise<Intent> =>
    client.paymentIntents.retrieve(paymentId, WITH_CHARGE);

  async function seen(intent: Intent): Promise<Outcome> {
    const parts = await partsOf(client, intent);
    return toSnapshot(parts.intent, parts);
  }

  async function asOutcome(call: () => Promise<Intent>, look = { thorough: false }): Promise<Outcome> {
    try {
      const intent = await call();
      await giveBackRest(client, intent, rests, look);
      return await seen(intent);
    } catch (error) {
      return fail(toPaymentError(error));
    }
  }

  const isOf = ({ orderId, attempt = 1 }: PaymentName, { metadata }: Intent): boolean =>
    metadata['order_id'] === orderId && metadata['attempt'] === String(attempt);

  /**
   * A payment opened before, whatever the reply to its creation said. The index is about a minute behind, more when the
   * provider is in trouble: what it may not know yet is looked for in the list, which is exact.
   */
  async function opened(name: PaymentName): Promise<Intent | null> {
    const { orderId, attempt = 1, account } = name;
    const query = `metadata['order_id']:'${orderId}' AND metadata['attempt']:'${attempt}'`;
    const { data } = await client.paymentIntents.search({ query, limit: 1, ...IN_LIST });
    const [indexed] = data;
    if (indexed !== undefined) return indexed;
    const since = Math.floor((clock.now() - INDEX_LAG_MAX_MS) / SECOND_MS);
    const recent = client.paymentIntents.list({
      created: { gte: since },
      ...(typeof account === 'string' ? { customer: account } : {}),
      limit: PAYMENTS_PAGE_MAX,
      ...IN_LIST,
    });
    for await (const intent of recent) if (isOf(name, intent)) return intent;
    return null;
  }

  /**
   * Runs a step. Where its key only repeats a fault, or the payment's state refuses it, what became of it is looked up:
   * done already counts as done.
   */
  async function step(
    key: string,
    run: (key: string) => Promise<Intent>,
    found: () => Promise<Intent | null>,
  ): Promise<Intent> {
    try {
      return await run(key);
    } catch (error) {
      const again = isRememberedFault(error);
      if (!again && toPaymentError(error).code !== 'invalid_state') throw error;
      const before = await found();
      if (before !== null) return before;
      if (!again) throw error;
      return await run(laterKey(key, clock.now()));
    }
  }

  /** A kept method that was refused: the payment was opened all the same, and is in the error. */
  const openedAnyway = (error: unknown): Promise<Intent> => {
    const refused = error instanceof Stripe.errors.StripeCardError ? error.payment_intent : undefined;
    if (refused === undefined) throw error;
    return retrieve(refused.id);
  };

  const presentIf = async (paymentId: string, isDone: (now: Intent) => boolean): Promise<Intent | null> => {
    const now = await retrieve(paymentId);
    return isDone(now) ? now : null;
  };

  return {
    get: (paymentId, { thorough } = { thorough: false }) =>
      asOutcome(
        async () => {
          const intent = await retrieve(paymentId);
          return thorough ? withEarlyWarning(client, intent) : intent;
        },
        { thorough },
      ),

    find: async (name) => {
      try {
        const intent = await opened(name);
        return intent === null ? ok(null) : await seen(intent);
      } catch (error) {
        return fail(toPaymentError(error));
      }
    },

    list: async ({ from, to, limit, cursor }) => {
      try {
        const page = await client.paymentIntents.list({
          created: { gte: Math.floor(from / SECOND_MS), lt: Math.ceil(to / SECOND_MS) },
          limit,
          ...(cursor === null ? {} : { starting_after: cursor }),
          ...IN_LIST,
        });
        const payments: PaymentSnapshot[] = [];
        const foreign: string[] = [];
        for (const intent of page.data) {
          const payment = await seen(intent);
          if (payment.ok) payments.push(payment.value);
          else foreign.push(intent.id);
        }
        return ok({ payments, foreign, next: page.has_more ? (page.data.at(-1)?.id ?? null) : null });
      } catch (error) {
        return fail(toPaymentError(error));
      }
    },

    create: (input) =>
      asOutcome(async () => {
        const { askedAt, idempotencyKey } = input;
        const before = () => opened(input);
        const forgotten = clock.now() - askedAt >= KEY_TRUSTED_MS;
        const ask = (sent: NewPayment, key: string): Promise<Intent> =>
          client.paymentIntents.create({ ...newIntentParams(sent), ...WITH_CHARGE }, { idempotencyKey: key });
        /** The provider takes fewer addresses than mail does: its receipt is not worth an order. */
        const open = (key: string): Promise<Intent> =>
          ask(input, key)
            .catch((error: unknown) => {
              if (!isAddressRefused(error)) throw error;
              return ask({ ...input, customerEmail: null }, plainKey(key));
            })
            .catch(openedAnyway);
        const known = forgotten ? await before() : null;
        if (known !== null) return known;
        try {
          return await step(idempotencyKey, open, before);
        } catch (error) {
          // What is asked may change with a deployment, between two tries. Nobody is charged on a guess.
          if (!isKeyOfOther(error)) throw error;
          const found = await before();
          if (found !== null && found.amount === input.amount.amount) return found;
          if (found !== null || isChargedAtOnce(input)) throw error;
          return await open(laterKey(idempotencyKey, clock.now()));
        }
      }),

    capture: ({ paymentId, amount, final, idempotencyKey }) =>
      asOutcome(async () => {
        const mark = captureMark(idempotencyKey);
        const isDone = (now: Intent): boolean =>
          mark in now.metadata || (now.status === 'succeeded' && now.amount_received === amount);
        // A final capture ends the payment: its state keeps it from being done twice, even when the key is forgotten.
        const present = final ? null : await retrieve(paymentId);
        if (present !== null && isDone(present)) return present;
        const metadata = {
          [mark]: (present?.amount_received ?? 0) + amount,
          ...marksToDrop(present?.metadata ?? {}),
        };
        return step(
          idempotencyKey,
          (key) =>
            client.paymentIntents.capture(
              paymentId,
              {
                amount_to_capture: amount,
                metadata,
                ...(final ? {} : { final_capture: false }),
                ...WITH_CHARGE,
              },
              { idempotencyKey: key },
            ),
          () => presentIf(paymentId, isDone),
        );
      }),

    // Setting an amount twice is setting it once: no name is needed to find it again.
    change: ({ paymentId, amount, idempotencyKey }) =>
      asOutcome(() =>
        step(
          idempotencyKey,
          (key) =>
            client.paymentIntents.update(paymentId, { amount, ...WITH_CHARGE }, { idempotencyKey: key }),
          () => presentIf(paymentId, (now) => now.amount === amount),
        ),
      ),

    cancel: ({ paymentId, idempotencyKey }) =>
      asOutcome(() =>
        step(
          idempotencyKey,
          (key) => client.paymentIntents.cancel(paymentId, WITH_CHARGE, { idempotencyKey: key }),
          () => presentIf(paymentId, (now) => now.status === 'canceled'),
        ),
      ),

    refund: ({ paymentId, orderId, amount, reference, idempotencyKey }) =>
      asOutcome(async () => {
        const present = await retrieve(paymentId);
        const isMade = async (intent: Intent): Promise<boolean> =>
          (await withRefunds(client, intent)).refunds.some(
            (refund) => refund.metadata?.[REFERENCE] === reference,
          );
        if (await isMade(present)) return present;
        const metadata = { order_id: orderId, [REFERENCE]: reference };
        return step(
          idempotencyKey,
          async (key) => {
            await client.refunds.create(
              { payment_intent: paymentId, amount, metadata, ...whomToAsk(present) },
              { idempotencyKey: key },
            );
            return retrieve(paymentId);
          },
          async () => {
            const now = await retrieve(paymentId);
            return (await isMade(now)) ? now : null;
          },
        );
      }),
  };
}
