import { Stripe } from 'stripe';
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import type { PaymentEventMessage } from '#shared/contracts/messages.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import { createPaymentsApp } from './app.ts';
import type { Env } from './env.ts';
import type { RegisteredPayment } from './usecases/ports.ts';

export const env = workerEnv<Env>();
const app = createPaymentsApp();
const WEBHOOK_URL = 'https://shop.test/v1/webhooks/stripe';

export const newOrderId = (): string => `ord_${crypto.randomUUID().replaceAll('-', '')}`;
export const newEventId = (): string => `evt_${crypto.randomUUID().replaceAll('-', '')}`;
export const newPaymentId = (): string => `pi_${crypto.randomUUID().replaceAll('-', '')}`;

/** An event as the provider would send it, about a payment of an order. */
export function intentEvent(more: Record<string, unknown> = {}, object: Record<string, unknown> = {}) {
  return {
    id: newEventId(),
    object: 'event',
    type: 'payment_intent.amount_capturable_updated',
    created: Math.floor(Date.now() / 1000),
    data: {
      object: {
        id: newPaymentId(),
        object: 'payment_intent',
        client_secret: 'pi_x_secret_y',
        metadata: { order_id: newOrderId() },
        ...object,
      },
    },
    ...more,
  };
}

export const signatureOf = (
  body: string,
  options: { secret?: string; timestamp?: number } = {},
): Promise<string> =>
  Stripe.webhooks.generateTestHeaderStringAsync({
    payload: body,
    secret: options.secret ?? env.STRIPE_WEBHOOK_SECRET,
    cryptoProvider: Stripe.createSubtleCryptoProvider(),
    ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
  });

/** A payment as it is written down. */
export const registered = (by: 'payment_id' | 'charge_id', id: string): Promise<RegisteredPayment | null> =>
  env.PAYMENTS_DB.prepare(
    `SELECT payment_id AS paymentId, provider, order_id AS orderId, customer_id AS customerId, attempt, currency, amount,
       charge_id AS chargeId FROM payments WHERE ${by} = ?`,
  )
    .bind(id)
    .first();

/** A queue at the platform's boundary that remembers what it was given. */
export function recordingQueue<Message = PaymentEventMessage>(behaviour: { failing?: boolean } = {}) {
  const sent: Message[] = [];
  const take = (messages: Message[]) => {
    if (behaviour.failing === true) throw new Error('the queue is down');
    sent.push(...messages);
  };
  const queue = {
    send: (message: Message) => Promise.resolve().then(() => take([message])),
    sendBatch: (messages: Iterable<{ body: Message }>) =>
      Promise.resolve().then(() => take([...messages].map(({ body }) => body))),
  };
  return { sent, queue: queue as unknown as Queue<Message> };
}

/** One request to the worker, with everything it does after its answer. */
export async function request(
  path: string,
  init: RequestInit = {},
  bindings: Partial<Env> = {},
): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.fetch(
    new Request(`https://shop.test${path}`, init),
    { ...env, ...bindings },
    context,
  );
  await waitOnExecutionContext(context);
  return response;
}

/** Delivers an event (or any body) to the webhook, well signed unless a signature is given. */
export async function deliver(
  event: unknown,
  options: { signature?: string | null; bindings?: Partial<Env> } = {},
): Promise<Response> {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const signature = options.signature === undefined ? await signatureOf(body) : options.signature;
  const headers = {
    'content-type': 'application/json',
    ...(signature === null ? {} : { 'stripe-signature': signature }),
  };
  return request(new URL(WEBHOOK_URL).pathname, { method: 'POST', headers, body }, options.bindings);
}
