import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { Webhook } from 'standardwebhooks';
import { beforeAll, expect, it, vi } from 'vitest';
import { buyersShardName, DIRECTORY_SHARDS, shardName } from '#objects/order-directory/face.ts';
import { backupsOf } from '#shared/backup/of-env.ts';
import type { Source } from '#shared/backup/sources.ts';
import {
  webhookDeliveryPageSchema,
  webhookEndpointPageSchema,
  webhookEndpointWithSecretSchema,
} from '#shared/contracts/http/webhook-endpoints.ts';
import { cloudEventSchema } from '#shared/contracts/order-events.ts';
import { newId } from '#shared/ids/ids.ts';
import { putBack, taken } from '#shared/testing/backups.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { sources } from './backups.ts';
import { add, call as cartCall, cartOf, customer, guest } from './testing/carts.ts';
import { catchWebhooks, receivedBy, receiver, receivers } from './testing/receivers.ts';
import { bindings, deliver, OPERATOR, orderOf, postOrder, read, request, variant } from './testing/shop.ts';

beforeAll(async () => {
  catchWebhooks();
  await migrateDatabases();
});

const call = { requestId: 'request-of-the-test' };
const backups = () => backupsOf(bindings, 'purchase', sources(bindings));

/** An object loses everything, and its process ends. */
async function lose(kind: 'ORDER' | 'BUYER' | 'CART' | 'WEBHOOK_ENDPOINT' | 'ORDER_DIRECTORY', name: string) {
  const stub = (bindings as unknown as Record<string, DurableObjectNamespace>)[kind]?.getByName(name);
  if (stub === undefined) throw new Error(`${kind} is not bound`);
  await runInDurableObject(stub, async (_, state) => {
    await state.storage.deleteAlarm();
    await state.storage.deleteAll();
  });
  await evictDurableObject(stub);
}

async function loseDirectories(): Promise<void> {
  const names = Array.from({ length: DIRECTORY_SHARDS }, (_, shard) => [
    shardName(shard),
    buyersShardName(shard),
  ]);
  for (const name of names.flat()) await lose('ORDER_DIRECTORY', name);
}

it('brings back what a request meant, what a customer may still buy and the cart they fill', async () => {
  const thing = await variant();
  const body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
  const owner = newId('user');
  const order = await orderOf(await postOrder(owner, body, 'sent-before'), 201);
  const limited = { scope: thing.productId, limit: 3, days: null, quantity: 2 };
  const buyer = bindings.BUYER.getByName(owner);
  const use = { orderId: newId('order'), use: 'placed' as const, items: [limited] };
  expect(await buyer.claimAllowance(call, use)).toMatchObject({ ok: true });
  // Of a customer who never ordered, and of one who acts for an organisation.
  const filling = await customer();
  const before = await cartOf(add(filling, { variantId: thing.variantId, quantity: 4 }));
  const colleague = `${newId('user')}:${newId('organisation')}`;
  const kept = newId('cart');
  await bindings.BUYER.getByName(colleague).keepCart(call, { cartId: kept, instead: null });
  const stranger = await guest();
  await add(stranger, { variantId: thing.variantId });

  const id = await taken(await backups());
  await Promise.all([
    lose('ORDER', order.id),
    lose('BUYER', owner),
    lose('BUYER', filling.customerId),
    lose('BUYER', colleague),
    lose('CART', filling.cartId),
    lose('CART', stranger.cartId),
    loseDirectories(),
  ]);
  expect((await cartCall(filling, 'GET', '')).status).toBe(404);
  const inTurn = await putBack(await backups(), id);

  // Databases, then objects: who is asked before who asks.
  expect(inTurn).toEqual([
    'COMMERCE_DB',
    'ORDERS_DB',
    'endpoints',
    'buyers',
    'promotions',
    'stock',
    'orders',
    'carts',
  ]);
  const repeated = await postOrder(owner, body, 'sent-before');
  expect([(await orderOf(repeated, 201)).id, repeated.headers.get('idempotent-replayed')]).toEqual([
    order.id,
    'true',
  ]);
  const more = { ...use, orderId: newId('order') };
  expect(await bindings.BUYER.getByName(owner).claimAllowance(call, more)).toMatchObject({
    ok: false,
    error: { left: 1 },
  });
  expect(await bindings.BUYER.getByName(colleague).currentCart(call)).toBe(kept);
  expect((await cartOf(cartCall(filling, 'GET', ''))).lines).toEqual(before.lines);
  const again = await customer(filling.customerId);
  expect(again.cartId).toBe(filling.cartId);
  // A guest's cart is known by its cookie alone.
  expect((await cartCall(stranger, 'GET', '')).status).toBe(404);

  // The next backup finds them by directories that were made anew.
  await Promise.all([lose('BUYER', owner), lose('CART', filling.cartId)]);
  const next = await taken(await backups());
  expect(next).not.toBe(id);
  expect((await orderOf(await postOrder(owner, body, 'sent-before'), 201)).id).not.toBe(order.id);
  await putBack(await backups(), id);
  expect((await read(order)).id).toBe(order.id);
});

it('brings back endpoints with their keys and what is owed to them, and sends it', async () => {
  const down = receiver(() => new Response(null, { status: 503 }));
  const post = (path: string, body: unknown) =>
    request('POST', `/v1/webhook-endpoints${path}`, {
      as: OPERATOR,
      body,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
  const { endpoint, secret } = webhookEndpointWithSecretSchema.parse(
    await (await post('', { url: down.url, eventTypes: ['order.paid'], description: 'books' })).json(),
  );
  const told = async (note: string) => {
    const orderId = newId('order');
    const event = cloudEventSchema.parse({
      specversion: '1.0',
      id: `${orderId}:1`,
      source: 'https://shop.test/v1/orders',
      type: 'order.paid',
      subject: orderId,
      time: new Date().toISOString(),
      sequence: 1,
      datacontenttype: 'application/json',
      data: { note },
    });
    await deliver('order-events', { requestId: 'r', messageId: event.id, orderId, event });
    return event;
  };
  receivers.set(down.host, () => new Response('thanks'));
  await told('delivered before: a backup has no copy of it');
  await vi.waitFor(() => expect(receivedBy(down)).toHaveLength(1));
  receivers.set(down.host, () => new Response(null, { status: 503 }));
  const event = await told('owed');
  await vi.waitFor(() => expect(receivedBy(down)).toHaveLength(2));

  const id = await taken(await backups());
  await lose('WEBHOOK_ENDPOINT', endpoint.id);
  // The directory was taken before: it comes back without an endpoint that was made meanwhile.
  await bindings.COMMERCE_DB.prepare('DELETE FROM webhook_endpoints WHERE id = ?').bind(endpoint.id).run();
  await putBack(await backups(), id);

  const listed = await request('GET', '/v1/webhook-endpoints', { as: OPERATOR });
  expect(webhookEndpointPageSchema.parse(await listed.json()).items).toMatchObject([
    { id: endpoint.id, description: 'books', enabled: true },
  ]);
  receivers.set(down.host, () => new Response('thanks'));
  const owed = webhookDeliveryPageSchema.parse(
    await (await request('GET', `/v1/webhook-endpoints/${endpoint.id}/deliveries`, { as: OPERATOR })).json(),
  ).items;
  expect(owed).toMatchObject([{ eventId: event.id, state: 'pending', attempts: 1, lastStatus: 503 }]);
  await post(`/${endpoint.id}/redeliver`, { since: new Date(0).toISOString() });
  await vi.waitFor(() => expect(receivedBy(down)).toHaveLength(3));
  const [, first, second] = receivedBy(down).map(({ headers, body }) => ({
    id: headers['webhook-id'],
    body,
  }));
  expect(second).toEqual(first);
  const last = receivedBy(down).at(-1);
  expect(new Webhook(secret ?? '').verify(last?.body ?? '', last?.headers ?? {})).toMatchObject({
    id: event.id,
  });
});

it('brings back no endpoint that was deleted while the backup was taken: nothing could be sent to it, nor be deleted', async () => {
  const target = receiver(() => new Response('thanks'));
  const made = await request('POST', '/v1/webhook-endpoints', {
    as: OPERATOR,
    body: { url: target.url, eventTypes: ['order.paid'], description: 'deleted meanwhile' },
    headers: { 'idempotency-key': crypto.randomUUID() },
  });
  const { endpoint } = webhookEndpointWithSecretSchema.parse(await made.json());
  let isThere = true;
  const withDeletion = sources(bindings).map((source): Source => {
    if (source.kind === 'database' || source.name !== 'endpoints') return source;
    return {
      ...source,
      async read(after) {
        // The directory has been taken by now.
        if (isThere) await request('DELETE', `/v1/webhook-endpoints/${endpoint.id}`, { as: OPERATOR });
        isThere = false;
        return source.read(after);
      },
    };
  });
  const id = await taken(await backupsOf(bindings, 'purchase', withDeletion));
  expect(isThere).toBe(false);
  await putBack(await backups(), id);
  const listed = await request('GET', '/v1/webhook-endpoints', { as: OPERATOR });
  const ids = webhookEndpointPageSchema.parse(await listed.json()).items.map((item) => item.id);
  expect(ids).not.toContain(endpoint.id);
});

it('puts an order back that asks nobody for anything before the restore is over, and then does what it owes', async () => {
  const thing = await variant();
  const body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
  const owner = newId('user');
  const order = await orderOf(await postOrder(owner, body, crypto.randomUUID()), 201);
  const id = await taken(await backups());
  await lose('ORDER', order.id);
  const stub = bindings.ORDER.getByName(order.id);
  const object = stub as unknown as DurableObjectStub;
  const restoring = (token: string) =>
    runInDurableObject(object, (shell) => {
      (shell as unknown as { env: { RESTORE_TOKEN: string } }).env.RESTORE_TOKEN = token;
    });
  const rung = async () => {
    await runInDurableObject(object, async (_, state) => {
      state.storage.sql.exec('UPDATE _alarms SET at = 1');
      await state.storage.setAlarm(Date.now());
    });
    await runDurableObjectAlarm(object);
  };
  const owed = async () => (await stub.effects(call))?.items ?? [];

  await restoring('restore');
  await putBack(await backups(), id);
  // What is due to be done is written down, as in an order that was under way at the instant of the backup.
  expect(await stub.cancel(call, { by: 'customer', text: null, customerId: owner })).toMatchObject({
    ok: true,
  });
  const before = await owed();
  expect(before.map(({ key }) => key)).toContainEqual(expect.stringMatching(/^(?!mail:)/));
  await rung();
  expect(await owed()).toEqual(before);
  expect(await runInDurableObject(object, (_, state) => state.storage.getAlarm())).not.toBeNull();

  await restoring('');
  await rung();
  await vi.waitFor(async () =>
    // No mail leaves here: the address answers receivers of webhooks.
    expect((await owed()).filter(({ lane }) => lane !== 'mail')).toEqual([]),
  );
});
