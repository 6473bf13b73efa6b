import { createExecutionContext, createMessageBatch, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, expect, it, vi } from 'vitest';
import { webhookEndpointWithSecretSchema } from '#shared/contracts/http/webhook-endpoints.ts';
import { newId } from '#shared/ids/ids.ts';
import { type Costs, meterEnv, newCosts } from '#shared/observability/costs.ts';
import { spending } from '#shared/observability/work.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { createPurchaseApp } from './app.ts';
import { consume } from './consumers.ts';
import { BINDINGS } from './env.ts';
import { catchWebhooks, receivedBy, receiver } from './testing/receivers.ts';
import { bindings } from './testing/shop.ts';

beforeAll(async () => {
  catchWebhooks();
  await migrateDatabases();
});
const app = createPurchaseApp();
const operator = newId('user');

const spent = (costs: Costs): Partial<Costs> =>
  Object.fromEntries(Object.entries(costs).filter(([, count]) => Number(count) > 0));

async function costOf(method: string, path: string, body?: unknown) {
  const costs = newCosts();
  const context = createExecutionContext();
  const response = await app.fetch(
    new Request(`https://shop.test/v1/webhook-endpoints${path}`, {
      method,
      headers: {
        ...(await signedIn(operator, 'operator')),
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
        'if-match': '*',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    meterEnv(bindings, BINDINGS, costs),
    context,
  );
  await waitOnExecutionContext(context);
  const answer: unknown = await response.json().catch(() => null);
  return { answer, row: { status: response.status, costs: spent(costs) } };
}
const rowOf = async (...request: Parameters<typeof costOf>) => (await costOf(...request)).row;

const event = () => {
  const orderId = newId('order');
  const id = `${orderId}:1`;
  return {
    requestId: 'r',
    messageId: id,
    orderId,
    event: {
      specversion: '1.0' as const,
      id,
      source: 'https://shop.test/v1/orders',
      type: 'order.paid',
      subject: orderId,
      time: new Date().toISOString(),
      sequence: 1,
      datacontenttype: 'application/json' as const,
      data: {},
    },
  };
};

it('a request about webhooks costs the same however many deliveries there were', async () => {
  await costOf('GET', '');
  const target = receiver();
  const made = await costOf('POST', '', { url: target.url, eventTypes: ['order.paid'] });
  const { endpoint } = webhookEndpointWithSecretSchema.parse(made.answer);
  const path = `/${endpoint.id}`;
  const table = {
    createWebhookEndpoint: made.row,
    listWebhookEndpoints: await rowOf('GET', '?limit=100'),
    getWebhookEndpoint: await rowOf('GET', path),
    changeWebhookEndpoint: await rowOf('PATCH', path, { description: 'x' }),
    rotateWebhookKey: await rowOf('POST', `${path}/rotate-key`, {}),
    pingWebhookEndpoint: await rowOf('POST', `${path}/ping`),
    listWebhookDeliveries: await rowOf('GET', `${path}/deliveries?limit=100`),
    getWebhookDelivery: await rowOf('GET', `${path}/deliveries/${newId('webhookDelivery')}`),
    redeliverWebhook: await rowOf('POST', `${path}/deliveries/${newId('webhookDelivery')}/redeliver`),
    redeliverFailedWebhooks: await rowOf('POST', `${path}/redeliver`, { since: new Date(0).toISOString() }),
    deleteWebhookEndpoint: await rowOf('DELETE', path),
  };
  const one = { objects: 1 };
  expect(table).toEqual({
    createWebhookEndpoint: { status: 201, costs: { d1: 1, d1Statements: 3, ...one } },
    listWebhookEndpoints: { status: 200, costs: { d1: 1, d1Statements: 1 } },
    getWebhookEndpoint: { status: 200, costs: one },
    changeWebhookEndpoint: { status: 200, costs: one },
    rotateWebhookKey: { status: 200, costs: one },
    pingWebhookEndpoint: { status: 200, costs: one },
    listWebhookDeliveries: { status: 200, costs: one },
    getWebhookDelivery: { status: 404, costs: one },
    redeliverWebhook: { status: 404, costs: one },
    redeliverFailedWebhooks: { status: 202, costs: one },
    deleteWebhookEndpoint: { status: 204, costs: one },
  });
});

it('an event costs one look at the directory a batch, and one call for each endpoint that wants it', async () => {
  const [wanting, other] = [receiver(), receiver()];
  for (const [{ url }, type] of [
    [wanting, 'order.paid'],
    [other, 'order.cancelled'],
  ] as const) {
    await costOf('POST', '', { url, eventTypes: [type] });
  }
  const batch = createMessageBatch(
    'order-events',
    [event(), event(), event()].map((body) => ({
      id: crypto.randomUUID(),
      timestamp: new Date(),
      attempts: 1,
      body,
    })),
  );
  const lines = vi.spyOn(console, 'log');
  const costs = newCosts();
  await spending(costs, () => consume(batch, bindings));
  const work = lines.mock.calls
    .map(([line]) => JSON.parse(String(line)) as { work?: string; costs?: Costs })
    .filter((line) => line.work === 'queue order-events');
  lines.mockRestore();
  const sum = (kind: keyof Costs): number =>
    work.reduce((total, line) => total + (line.costs?.[kind] ?? 0), 0);
  expect([sum('d1'), sum('objects')]).toEqual([1, 3]);
  await vi.waitFor(() => expect(receivedBy(wanting)).toHaveLength(3));
  expect(receivedBy(other)).toEqual([]);
});
