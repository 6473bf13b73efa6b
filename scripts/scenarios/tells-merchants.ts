import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { WebhookDelivery, WebhookEndpointWithSecret } from '#shared/contracts/http/webhook-endpoints.ts';
import type { CloudEvent } from '#shared/contracts/order-events.ts';
import { mailTo } from '../lib/accounts.ts';
import { api, poll } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

/** A merchant's own system: refuses the first event about one customer, then takes them all. */
async function merchant(customerId: string) {
  const received: { headers: Record<string, string>; body: string }[] = [];
  let refused = false;
  const take = async (request: IncomingMessage): Promise<number> => {
    const body = await text(request);
    if (!refused && body.includes(customerId)) {
      refused = true;
      return 503;
    }
    received.push({ headers: request.headers as Record<string, string>, body });
    return 200;
  };
  const server = createServer((request, response) => {
    void take(request).then((status) => response.writeHead(status).end('thanks'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/in`, received, stop: () => server.close() };
}

export const tellsMerchants: Scenario = {
  name: 'a merchant is told of an order by signed webhooks, and its customer in their own language',
  async run(world) {
    const customer = await world.newCustomer();
    const receiver = await merchant(customer.user.id);
    try {
      await tell(world, customer, receiver);
    } finally {
      receiver.stop();
    }
  },
};

async function tell(
  world: World,
  customer: Awaited<ReturnType<World['newCustomer']>>,
  receiver: Awaited<ReturnType<typeof merchant>>,
): Promise<void> {
  const { accessToken: token } = await world.operator();
  const { endpoint, secret } = await api<WebhookEndpointWithSecret>(
    world.origin,
    'POST /v1/webhook-endpoints',
    {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { url: receiver.url, eventTypes: ['*'], description: 'scenario' },
    },
  );
  world.step(`endpoint ${endpoint.id} registered`);
  const product = await world.licence();
  const order = await world.place(customer, {
    currency: 'EUR',
    lines: [{ variantId: product.variantId, quantity: 1 }],
    locale: 'de-DE',
  });
  await world.pay(order);
  await world.settled(customer, order.id, 'completed');
  const events = await poll('every event to arrive', 60, async () => {
    const own = receiver.received.filter(({ body }) => body.includes(order.id));
    return own.length >= 4 ? own : null;
  });
  const webhook = new Webhook(secret ?? '');
  const told = events
    .map(({ body, headers }) => webhook.verify(body, headers) as CloudEvent)
    .sort((a, b) => a.sequence - b.sequence);
  assert.deepEqual(
    told.map(({ type }) => type),
    ['order.placed', 'order.paid', 'line.delivered', 'order.completed'],
  );
  world.step(`${told.length} events verified with the library of Standard Webhooks`);
  const again = await poll('what was refused at first to be sent again', 60, async () => {
    const { items } = await api<{ items: WebhookDelivery[] }>(
      world.origin,
      `GET /v1/webhook-endpoints/${endpoint.id}/deliveries?limit=100`,
      { token },
    );
    return items.find(({ state, attempts }) => state === 'delivered' && attempts > 1) ?? null;
  });
  assert.ok(told.some(({ id }) => id === again.eventId));
  await mailTo(world.sandboxOrigin, customer.user.email, /Bestellung .* abgeschlossen/);
  await api(world.origin, `DELETE /v1/webhook-endpoints/${endpoint.id}`, { token });
}
