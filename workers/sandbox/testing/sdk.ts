import { Stripe } from 'stripe';
import { self } from '#shared/testing/runtime.ts';
import type { Happening } from '../stripe/happenings.ts';
import { receivedAt } from './fake-shop.ts';
import { shapeFaults } from './shapes/index.ts';

const ORIGIN = 'http://sandbox.test';
export const WEBHOOK_PATH = '/v1/webhooks/stripe';

/** Requests to the sandbox as an HTTP client sends them. */
export const sandbox = (path: string, init?: RequestInit): Promise<Response> =>
  self.fetch(`${ORIGIN}${path}`, { redirect: 'manual', ...init });

/** Sends a request and holds the answer against its shape. */
async function shapely(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await self.fetch(...request);
  const faults = shapeFaults(await response.clone().json());
  if (faults.length > 0)
    throw new Error(`an answer of the sandbox is out of shape:\n  ${faults.join('\n  ')}`);
  return response;
}

/** The official SDK, told to speak with the sandbox and not to repeat anything by itself. */
export function sdk(key = 'sk_test_unit', maxNetworkRetries = 0): Stripe {
  return new Stripe(key, {
    protocol: 'http',
    host: 'sandbox.test',
    port: 80,
    maxNetworkRetries,
    httpClient: Stripe.createFetchHttpClient(shapely),
  });
}

/** An order id nobody else uses. */
export const newOrderId = (): string => `ord_${crypto.randomUUID().replaceAll('-', '')}`;

export const newIntent = (
  orderId: string,
  more: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<Stripe.PaymentIntent> =>
  sdk().paymentIntents.create({
    amount: 2500,
    currency: 'eur',
    capture_method: 'manual',
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    metadata: { order_id: orderId, order_number: 'T-1' },
    ...more,
  });

/** Id of the charge of a payment that is not expanded. */
export const chargeIdOf = ({ latest_charge: charge }: Stripe.PaymentIntent): string =>
  typeof charge === 'string' ? charge : (charge?.id ?? '');

export interface Delivery {
  event: Stripe.Event;
  type: string;
  signature: string;
  body: string;
}

/** Webhooks the shop received about one payment, in order of arrival. */
export const webhooksOf = (intentId: string): Promise<Delivery[]> =>
  webhooksAbout(intentId, ['id', 'payment_intent']);

/** Webhooks whose object has this id in one of these members, in order of arrival. */
export async function webhooksAbout(id: string, members: readonly string[] = ['id']): Promise<Delivery[]> {
  const requests = await receivedAt(WEBHOOK_PATH);
  return requests
    .map(({ body, headers }) => {
      const event = JSON.parse(body) as Stripe.Event;
      const faults = shapeFaults(event, event.type);
      if (faults.length > 0) throw new Error(`a webhook is out of shape:\n  ${faults.join('\n  ')}`);
      return { event, type: event.type, signature: headers['stripe-signature'] ?? '', body };
    })
    .filter(({ event }) => {
      const object = event.data.object as unknown as Record<string, unknown>;
      return members.some((member) => object[member] === id);
    });
}

export async function setFault(fault: Record<string, unknown>): Promise<void> {
  const response = await sandbox('/control', { method: 'POST', body: JSON.stringify(fault) });
  if (response.status !== 201) throw new Error(`fault switch refused: ${await response.text()}`);
}

/** Lets time pass for one payment, or its bank do something; see `PAYMENT_ACTIONS`. */
export async function letHappen(paymentId: string, happening: string | Happening): Promise<void> {
  const response = await sandbox(`/control/payments/${paymentId}`, {
    method: 'POST',
    body: JSON.stringify(typeof happening === 'string' ? { action: happening } : happening),
  });
  if (response.status !== 200) throw new Error(`control refused: ${await response.text()}`);
}
