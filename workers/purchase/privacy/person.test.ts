import { runInDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Order, orderSchema } from '#shared/contracts/http/orders.ts';
import { webhookEndpointWithSecretSchema } from '#shared/contracts/http/webhook-endpoints.ts';
import { cloudEventSchema } from '#shared/contracts/order-events.ts';
import type { DataSubjectService } from '#shared/contracts/privacy.ts';
import { newId } from '#shared/ids/ids.ts';
import { actingFor, migrateDatabases, self } from '#shared/testing/runtime.ts';
import { allOf, tracesIn, tracesInStorage } from '#shared/testing/traces.ts';
import { add, call as cartCall, customer as cartOf } from '../testing/carts.ts';
import { catchWebhooks, receiver } from '../testing/receivers.ts';
import {
  announce,
  answer,
  ask,
  bindings,
  deliver,
  EUR,
  granted,
  namespaces,
  OPERATOR,
  orderOf,
  pay,
  payments,
  place,
  read,
  request,
  stocked,
  until,
  variant,
} from '../testing/shop.ts';

beforeAll(async () => {
  catchWebhooks();
  await migrateDatabases();
});
const { DataSubjectRpc } = exports as unknown as { DataSubjectRpc: DataSubjectService };
const call = { requestId: 'request-of-the-test' };
const exported = async (customerId: string) =>
  (await allOf((cursor) => DataSubjectRpc.exportPage(call, { customerId, cursor }))).flatMap(
    ({ items }) => items,
  );
const erase = (customerId: string) =>
  allOf((cursor) => DataSubjectRpc.eraseStep(call, { customerId, cursor }));
const obstacles = async (customerId: string) =>
  (await DataSubjectRpc.obstacles(call, { customerId })).obstacles;

const anything = {
  type: 'object',
  properties: { engraving: { type: 'string' } },
  additionalProperties: false,
};
const mug = (amount: number) =>
  stocked(50, {
    kind: 'physical',
    unitPrice: EUR(amount),
    customisationSchema: anything,
    fulfilment: { template: 'parcel', weightGrams: 1, returnDays: 14 },
  });
const addressOf = (marker: string) => ({
  name: `Ann ${marker}`,
  line1: `${marker} Way 1`,
  line2: marker,
  postalCode: '10115',
  city: `${marker} Town`,
  country: 'DE',
});

let shared: Promise<{ mug: string; endpointId: string }> | null = null;
const world = () =>
  (shared ??= (async () => {
    const body = { url: receiver(({ body: sent }) => new Response(`got ${sent}`)).url, eventTypes: ['*'] };
    const made = await request('POST', '/v1/webhook-endpoints', {
      as: OPERATOR,
      body,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    const { endpoint } = webhookEndpointWithSecretSchema.parse(await made.json());
    return { mug: (await mug(1000)).variantId, endpointId: endpoint.id };
  })());

interface Person {
  customerId: string;
  /** Stands in every word of theirs and about them. */
  marker: string;
  order: Order;
  cartIds: string[];
}

/** Somebody with an order that ended, words everywhere in it, another cart, and whatever else people leave here. */
async function person(customerId = newId('user')): Promise<Person> {
  const { mug: variantId } = await world();
  const marker = `m${crypto.randomUUID()}`;
  const ordered = await place(customerId, {
    lines: [{ variantId, quantity: 2, customisation: { engraving: marker } }],
    shippingAddress: addressOf(marker),
  });
  await payments.change(ordered.payment?.paymentId ?? '', {
    instrument: {
      brand: 'visa',
      last4: '4242',
      wallet: null,
      country: 'DE',
      fingerprint: `card of ${marker}`,
    },
  });
  await pay(ordered);
  await until(ordered, 'provisioning');
  await answer(ordered, 'line.provisioned', { detail: `Sent to ${marker}` });
  await until(ordered, 'capturing');
  await answer(ordered, 'line.activated', { detail: `Left with the neighbour of ${marker}` });
  const order = await until(ordered, 'completed');
  const own: [string, 'customer'] = [customerId, 'customer'];
  await granted(order, '/notes', { text: `Calls herself ${marker}` });
  await granted(order, '/notes', { text: `Dear ${marker}`, visibility: 'customer' });
  await granted(order, '/refunds', { amount: 100, reason: `${marker} was sad` });
  const lines = [{ lineId: order.lines[0]?.id, quantity: 1, reason: `${marker} does not like it` }];
  const returnId = (await granted(order, '/returns', { lines }, own)).returns[0]?.id ?? '';
  await granted(order, `/returns/${returnId}/reject`, { reason: `No, ${marker}` });
  await told(order, marker);
  const visitor = await cartOf(customerId);
  await add(visitor, { variantId, quantity: 1, customisation: { engraving: marker } });
  await cartCall(visitor, 'PATCH', '', { shippingAddress: addressOf(marker) }, { 'if-match': '*' });
  await leaveRows(customerId, marker, order);
  return { customerId, marker, order, cartIds: [visitor.cartId] };
}

/** What the endpoints were told of the order's return. */
async function told(order: Order, marker: string): Promise<void> {
  const event = cloudEventSchema.parse({
    specversion: '1.0',
    id: `${order.id}:returns`,
    source: 'https://shop.test/v1/orders',
    type: 'return.rejected',
    subject: order.id,
    time: new Date().toISOString(),
    sequence: 1,
    datacontenttype: 'application/json',
    data: { return: { id: 'r', reason: marker, lines: [{ reason: marker }] } },
  });
  await deliver('order-events', { requestId: 'r', messageId: event.id, orderId: order.id, event });
}

/** Rows of the two databases that belong to a person. */
async function leaveRows(customerId: string, marker: string, order: Order): Promise<void> {
  const { ORDERS_DB: orders, COMMERCE_DB: commerce } = bindings;
  const group = newId('customerGroup');
  const quote = { shown: { id: newId('quote') }, request: { lines: [{ customisation: marker }] } };
  await orders.batch([
    orders
      .prepare('INSERT INTO instance_quotes VALUES (?, ?, ?, NULL, 1)')
      .bind(quote.shown.id, customerId, JSON.stringify(quote)),
    orders
      .prepare(
        `INSERT INTO instance_renewals (instance_id, customer_id, method_id, destination, locale, agreed_at, state, attempts)
         VALUES (?, ?, ?, NULL, 'en', 1, 'on', 0)`,
      )
      .bind(newId('instance'), customerId, `pm_${marker}`),
    orders
      .prepare(`INSERT INTO command_batches VALUES (?, 'f', '[]', NULL, 1)`)
      .bind(`${customerId}:${marker}`),
    orders
      .prepare(`INSERT INTO dead_letters VALUES (?, 'provisioning-results', ?, '', NULL)`)
      .bind(`dl_${crypto.randomUUID()}`, JSON.stringify({ orderId: order.id, detail: marker })),
  ]);
  await commerce.batch([
    commerce
      .prepare(`INSERT INTO customer_groups VALUES (?, ?, 'T', 1, 1, 1)`)
      .bind(group, `g${group.slice(4)}`),
    commerce
      .prepare('INSERT INTO customer_group_members (customer_id, group_id, added_at_ms) VALUES (?, ?, 1)')
      .bind(customerId, group),
  ]);
}

const inObject = (namespace: DurableObjectNamespace, name: string, text: string): Promise<string[]> =>
  runInDurableObject(namespace.getByName(name), (_, state) => tracesInStorage(state.storage.sql, text));

/** Everywhere in this worker's storage. */
async function traces({ customerId, order, cartIds }: Person, text: string): Promise<string[]> {
  const { endpointId } = await world();
  const { WEBHOOK_ENDPOINT } = bindings as unknown as { WEBHOOK_ENDPOINT: DurableObjectNamespace };
  const { ORDER, BUYER, CART } = namespaces;
  return [
    ...(await tracesIn(bindings.ORDERS_DB, text)),
    ...(await tracesIn(bindings.COMMERCE_DB, text)),
    ...(await inObject(ORDER, order.id, text)),
    ...(await inObject(BUYER, customerId, text)),
    ...(await inObject(WEBHOOK_ENDPOINT, endpointId, text)),
    ...(await Promise.all(cartIds.map((id) => inObject(CART, id, text)))).flat(),
  ];
}
/** Mails alone still wait: nobody takes them here. */
const quiet = (order: Order) =>
  vi.waitFor(async () => {
    const pending = await runInDurableObject(namespaces.ORDER.getByName(order.id), (_, state) =>
      state.storage.sql
        .exec(
          "SELECT key FROM _outbox WHERE state = 'pending' AND key NOT LIKE 'mail:%' AND key NOT LIKE 'notice:%'",
        )
        .toArray(),
    );
    expect(pending).toEqual([]);
  }, 20_000);

describe('an export', () => {
  it('has orders with all that was said of them, carts, and whatever else is kept of somebody, and nobody else’s', async () => {
    const [someone, other] = [await person(), await person()];
    const items = await exported(someone.customerId);
    const of = (section: string) => items.filter((item) => item.section === section).map(({ data }) => data);
    const [order] = of('orders') as { order: Order }[];
    expect(of('orders')).toHaveLength(1);
    expect(orderSchema.parse(order?.order)).toMatchObject({
      id: someone.order.id,
      shippingAddress: addressOf(someone.marker),
      lines: [{ customisation: { engraving: someone.marker } }],
    });
    expect(order).toMatchObject({
      staffNotes: [{ text: `Calls herself ${someone.marker}` }],
      instrument: { brand: 'visa', last4: '4242' },
      erasedAt: null,
    });
    expect(JSON.stringify(order)).toContain(`Dear ${someone.marker}`);
    expect(of('carts')).toMatchObject([
      { id: someone.cartIds[0], shippingAddress: addressOf(someone.marker) },
    ]);
    expect(of('instance_quotes')).toMatchObject([{ lines: [{ customisation: someone.marker }] }]);
    expect(of('instance_renewals')).toMatchObject([{ methodId: `pm_${someone.marker}` }]);
    expect(of('customer_groups')).toHaveLength(1);
    const text = JSON.stringify(items);
    expect(text).not.toContain(other.marker);
    expect(text).not.toContain('fingerprint');
  });
});

describe('an erasure', () => {
  it('is hindered by orders under way, goods coming back and renewals being paid, and refuses them itself', async () => {
    const customerId = newId('user');
    const open = await place(customerId, {
      lines: [{ variantId: (await variant()).variantId, quantity: 1 }],
    });
    expect(await obstacles(customerId)).toEqual([{ code: 'order_open', subject: open.id }]);
    const refused = await erase(customerId).then(
      () => 'done',
      (error: unknown) => String(error),
    );
    expect(refused).toContain(open.id);

    const someone = await person();
    expect(await obstacles(someone.customerId)).toEqual([]);
    const lines = [{ lineId: someone.order.lines[0]?.id, quantity: 1, reason: 'x' }];
    await granted(someone.order, '/returns', { lines }, [someone.customerId, 'customer']);
    await bindings.ORDERS_DB.prepare(`UPDATE instance_renewals SET state = 'paying' WHERE customer_id = ?`)
      .bind(someone.customerId)
      .run();
    expect((await obstacles(someone.customerId)).map(({ code }) => code)).toEqual([
      'renewal_due',
      'return_open',
    ]);
  });

  it('leaves nothing of the person anywhere, what tax law demands, and others as they were', async () => {
    const [someone, other] = [await person(), await person()];
    await Promise.all([quiet(someone.order), quiet(other.order)]);
    const before = await exported(other.customerId);
    const email = `${someone.customerId}@mail.test`;
    const places = [
      '_outbox.payload',
      'attempts.response_body',
      'cart_document.document',
      'command_batches.key',
      'dead_letters.body',
      'deliveries.body',
      'instance_quotes.document',
      'instance_renewals.method_id',
      'order_document.document',
      'order_versions.changes',
      'order_versions.why',
      'replies.reply',
      'timeline.text',
    ];
    expect((await traces(someone, someone.marker)).toSorted()).toEqual(places);
    const kept = await read(someone.order);

    const steps = await erase(someone.customerId);
    expect(Object.assign({}, ...steps.map(({ erased }) => erased))).toMatchObject({ Order: 1, Cart: 1 });
    expect(steps.flatMap(({ kept: why }) => why)).toContainEqual({ section: 'orders', because: 'tax_law' });
    for (const text of [someone.marker, email]) expect(await traces(someone, text)).toEqual([]);

    const erased = await read(someone.order);
    expect(erased).toMatchObject({
      number: kept.number,
      total: kept.total,
      price: kept.price,
      createdAt: kept.createdAt,
      payment: { captured: kept.payment?.captured, refunded: kept.payment?.refunded },
      shippingAddress: { name: 'Erased', postalCode: '10115', country: 'DE' },
      lines: [{ sku: kept.lines[0]?.sku, quantity: 2, customisation: {}, total: kept.lines[0]?.total }],
    });
    expect(erased.version).toBeGreaterThan(kept.version);
    const row = () =>
      bindings.ORDERS_DB.prepare('SELECT version, total, state FROM orders WHERE id = ?')
        .bind(someone.order.id)
        .first();
    await vi.waitFor(async () => expect(await row()).toMatchObject({ version: erased.version }), 10_000);
    const listed = await row();
    await bindings.ORDERS_DB.prepare('DELETE FROM orders WHERE id = ?').bind(someone.order.id).run();
    await bindings.ORDER.getByName(someone.order.id).project(call);
    expect(await row()).toEqual(listed);
    const versions = await request('GET', `/v1/orders/${someone.order.id}/versions/${kept.version}`, {
      as: OPERATOR,
    });
    expect(versions.status).toBe(200);
    expect(await exported(other.customerId)).toEqual(before);
  });

  it('twice, by several at once, or begun anew after a crash between its steps, is the same', async () => {
    const someone = await person();
    await DataSubjectRpc.eraseStep(call, { customerId: someone.customerId, cursor: null });
    const { ORDER, BUYER } = namespaces;
    for (const stub of [ORDER.getByName(someone.order.id), BUYER.getByName(someone.customerId)])
      await runInDurableObject(stub, (_, state) => state.abort('crash')).catch(() => {});
    await Promise.all([1, 2, 3].map(() => erase(someone.customerId)));
    const { version } = await read(someone.order);
    expect((await erase(someone.customerId)).map(({ erased }) => erased)).toEqual([{}, {}, {}]);
    expect((await read(someone.order)).version).toBe(version);
    expect(await traces(someone, someone.marker)).toEqual([]);
  });

  it('leaves the keys of others, because what staff had granted before must not be granted twice', async () => {
    const someone = await person();
    await quiet(someone.order);
    const wishes = [
      ['/refunds', { amount: 100, reason: 'Sorry' }, crypto.randomUUID()],
      ['/cancel', { reason: 'As asked', keep: 'delivered' }, crypto.randomUUID()],
    ] as const;
    const ofCustomer = () => inObject(namespaces.ORDER, someone.order.id, `${someone.customerId}:`);
    for (const [path, body, key] of wishes) await granted(someone.order, path, body, OPERATOR, key);
    await quiet(someone.order);
    expect(await ofCustomer()).toContain('_commands.key');
    await erase(someone.customerId);
    expect(await ofCustomer()).not.toContain('_commands.key');
    const { refunds, version } = await read(someone.order);
    for (const [path, body, key] of wishes) {
      const again = await ask(someone.order, path, body, OPERATOR, key);
      expect([path, again.status, again.headers.get('idempotent-replayed')]).toEqual([path, 200, 'true']);
      expect(await again.text()).not.toContain(someone.marker);
    }
    expect(await read(someone.order)).toMatchObject({ refunds, version });
  });

  it('lasts: money that goes back at the provider is booked, and the person does not come back with it', async () => {
    const someone = await person();
    await quiet(someone.order);
    await erase(someone.customerId);
    const paymentId = someone.order.payment?.paymentId ?? '';
    await payments.change(paymentId, {
      refunded: 600,
      lastError: { code: 'x', declineCode: null, message: `${someone.marker} was declined` },
    });
    await announce(someone.order, paymentId);
    await vi.waitFor(
      async () => expect((await read(someone.order)).payment?.refunded.amount).toBe(600),
      10_000,
    );
    await granted(someone.order, '/refunds', { amount: 50, reason: 'Sorry' });
    await vi.waitFor(
      async () => expect((await read(someone.order)).payment?.refunded.amount).toBe(650),
      10_000,
    );
    await quiet(someone.order);
    for (const text of [someone.marker, `${someone.customerId}@mail.test`])
      expect(await traces(someone, text)).toEqual([]);
  });

  it('of who placed an order for an organisation leaves the order, and how to reach them goes', async () => {
    const [userId, organisation] = [newId('user'), newId('organisation')];
    const who = await actingFor(userId, { id: organisation, role: 'buyer' });
    const order = await orderOf(
      await self.fetch('https://shop.test/v1/orders', {
        method: 'POST',
        headers: { ...who, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
        body: JSON.stringify({
          currency: 'EUR',
          lines: [
            {
              variantId: (await world()).mug,
              quantity: 1,
              customisation: { engraving: 'of the organisation' },
            },
          ],
          shippingAddress: addressOf('Inc'),
        }),
      }),
      201,
    );
    const email = `${userId}@mail.test`;
    const left = () => inObject(namespaces.ORDER, order.id, email);
    expect(await left()).not.toEqual([]);
    expect(await obstacles(userId)).toEqual([]);
    expect((await exported(userId)).map(({ section, data }) => [section, data])).toEqual([
      ['orders_for_organisations', { id: order.id, organisationId: organisation }],
    ]);
    await erase(userId);
    expect(await left()).toEqual([]);
    expect(await inObject(namespaces.ORDER, order.id, 'of the organisation')).not.toEqual([]);
    expect((await ask(order, '/notes', { text: 'x' })).status).toBe(200);
  });
});
