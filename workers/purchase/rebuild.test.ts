import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { DIRECTORY_SHARDS, directoryOf, shardName } from '#objects/order-directory/face.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import { MINUTE_MS, systemClock } from '#shared/time/time.ts';
import { ports } from './ports.ts';
import {
  bindings,
  effectsOf,
  fulfil,
  namespaces,
  openShop,
  OPERATOR,
  pay,
  payments,
  place,
  postOrder,
  request,
  stocked,
  until,
  variant,
} from './testing/shop.ts';
import { sweepOrders } from './usecases/sweep-orders.ts';

beforeAll(openShop);
const call = { requestId: 'request-of-the-test' };

interface Rebuilt {
  projected: number;
  failed: string[];
  next: string | null;
}
async function part(body: { cursor?: string; limit?: number }): Promise<Rebuilt> {
  const response = await request('POST', '/v1/orders/projection/rebuild', { as: OPERATOR, body });
  expect(response.status).toBe(200);
  return response.json();
}
async function rebuild(limit: number): Promise<number> {
  let projected = 0;
  let cursor: string | null = null;
  do {
    const done: Rebuilt = await part({ limit, ...(cursor === null ? {} : { cursor }) });
    projected += done.projected;
    expect(done.failed).toEqual([]);
    cursor = done.next;
  } while (cursor !== null);
  return projected;
}
/** All that lists can show, in order. */
async function content() {
  const [orders, items, taxLines] = await bindings.ORDERS_DB.batch<Record<string, unknown>>([
    bindings.ORDERS_DB.prepare('SELECT * FROM orders ORDER BY id'),
    bindings.ORDERS_DB.prepare('SELECT * FROM order_items ORDER BY order_id, sku, product_id'),
    bindings.ORDERS_DB.prepare('SELECT * FROM order_tax_lines ORDER BY order_id, position'),
  ]);
  return { orders: orders?.results ?? [], items: items?.results ?? [], taxLines: taxLines?.results ?? [] };
}
/** Without what also moves when nothing that lists show has changed. */
const shown = ({ orders, items, taxLines }: Awaited<ReturnType<typeof content>>) => ({
  orders: orders.map((row) => ({ ...row, version: 0, updated_at: '', sweep_at: 0 })),
  items,
  taxLines: taxLines.map((row) => ({ ...row, version: 0 })),
});
const forgetRows = () =>
  bindings.ORDERS_DB.batch([
    bindings.ORDERS_DB.prepare('DELETE FROM orders'),
    bindings.ORDERS_DB.prepare('DELETE FROM order_items'),
    bindings.ORDERS_DB.prepare('DELETE FROM order_tax_lines'),
  ]);
/** Everything an order has to tell is told: nothing changes its row any more. */
const quiet = (order: { id: string }) =>
  vi.waitFor(async () => {
    const effects = await effectsOf(order.id);
    expect(effects.filter(({ state }) => state === 'pending')).toEqual([]);
  });

async function someOrders() {
  const [thing, other] = [await stocked(100), await variant()];
  const made = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      place(newId('user'), {
        lines: [{ variantId: (index % 2 === 0 ? thing : other).variantId, quantity: 1 + (index % 3) }],
      }),
    ),
  );
  const [done, cancelled] = made;
  if (done === undefined || cancelled === undefined) throw new Error('no orders');
  await pay(done);
  await fulfil(done);
  await request('POST', `/v1/orders/${cancelled.id}/cancel`, {
    as: [cancelled.customerId, 'customer'],
    body: {},
  });
  await until(cancelled, 'cancelled');
  await Promise.all(made.map(quiet));
  return made;
}

describe('the projection', () => {
  it('can be dropped and made again from the orders, in parts of any size, with the same content', async () => {
    const made = await someOrders();
    const before = await content();
    expect(before.orders.length).toBeGreaterThanOrEqual(made.length);
    expect(before.taxLines.length).toBeGreaterThanOrEqual(1);
    await forgetRows();
    expect(await rebuild(5)).toBe(before.orders.length);
    const again = await content();
    expect(shown(again)).toEqual(shown(before));
    await forgetRows();
    expect(await rebuild(200)).toBe(before.orders.length);
    expect(await content()).toEqual(again);
  });

  it('ends with the newest of each order when it is made again twice at once while orders change', async () => {
    const made = await someOrders();
    await forgetRows();
    const paid = made.slice(2, 8);
    await Promise.all([rebuild(3), rebuild(7), ...paid.map((order) => pay(order))]);
    await Promise.all(paid.map((order) => until(order, 'provisioning')));
    await Promise.all(made.map(quiet));
    const after = await content();
    expect(after.orders.filter((row) => paid.some(({ id }) => id === row['id']))).toEqual(
      paid.map(() => expect.objectContaining({ state: 'provisioning' }) as unknown),
    );
    await rebuild(50);
    expect(shown(await content())).toEqual(shown(after));
  });

  it('never goes back to an older version, whatever order writes come in', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    await quiet(order);
    await bindings.ORDERS_DB.prepare("UPDATE orders SET version = 1000, first_title = 'newer' WHERE id = ?")
      .bind(order.id)
      .run();
    await bindings.ORDER.getByName(order.id).project(call);
    const row = await bindings.ORDERS_DB.prepare('SELECT version, first_title FROM orders WHERE id = ?')
      .bind(order.id)
      .first();
    expect(row).toEqual({ version: 1000, first_title: 'newer' });
  });

  it('is made again by operators alone, from a cursor of ours alone', async () => {
    const as: [string, Role] = [newId('user'), 'support'];
    const denied = await request('POST', '/v1/orders/projection/rebuild', { as, body: {} });
    expect([denied.status, (await request('POST', '/v1/orders/sweep', { as })).status]).toEqual([403, 403]);
    const wrong = await request('POST', '/v1/orders/projection/rebuild', {
      as: OPERATOR,
      body: { cursor: 'nonsense' },
    });
    expect(wrong.status).toBe(400);
  });
});

describe('the directory of orders', () => {
  it('knows an order before anybody is told of it, and none that was refused', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const known = () =>
      bindings.ORDER_DIRECTORY.getByName(directoryOf(order.id)).page(call, { after: null, limit: 1_000 });
    expect(await known()).toContain(order.id);
    const before = (await allKnown()).length;
    await postOrder(newId('user'), { lines: [{ variantId: newId('variant'), quantity: 1 }] });
    expect(await allKnown()).toHaveLength(before);
  });

  it('learns of an order that was placed before there was a directory, when it changes', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    await quiet(order);
    await runInDurableObject(namespaces.ORDER.getByName(order.id), (_, state) => {
      state.storage.sql.exec("DELETE FROM _outbox WHERE key = 'register'");
    });
    const shard = (namespaces as unknown as Record<'ORDER_DIRECTORY', DurableObjectNamespace>)
      .ORDER_DIRECTORY;
    await runInDurableObject(shard.getByName(directoryOf(order.id)), (_, state) => {
      state.storage.sql.exec('DELETE FROM known_orders WHERE id = ?', order.id);
    });
    expect(await allKnown()).not.toContain(order.id);
    await pay(order);
    await until(order, 'provisioning');
    await vi.waitFor(async () => expect(await allKnown()).toContain(order.id));
  });
});

async function allKnown(): Promise<string[]> {
  const pages = await Promise.all(
    Array.from({ length: DIRECTORY_SHARDS }, (_, shard) =>
      bindings.ORDER_DIRECTORY.getByName(shardName(shard)).page(call, { after: null, limit: 1_000 }),
    ),
  );
  return pages.flat();
}

describe('the sweeper', () => {
  /** A round through the whole directory, as the minutes go by. */
  async function sweepRound(): Promise<number> {
    let restored = 0;
    const now = systemClock.now();
    for (let minute = 0; minute < DIRECTORY_SHARDS; minute += 1) {
      const runs = await Promise.all([
        sweepOrders(ports(bindings), 'sweep', now + minute * MINUTE_MS),
        sweepOrders(ports(bindings), 'sweep', now + minute * MINUTE_MS),
      ]);
      restored += runs.reduce((sum, run) => sum + run.restored, 0);
    }
    return restored;
  }

  it('finds an order past its time although the projection lost it, and shows it again', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    await quiet(order);
    const { paymentId = '' } = order.payment ?? {};
    // Paid, but the webhook is lost, and the row with it.
    await payments.change(paymentId, { state: 'authorised', authorised: order.total.amount });
    await bindings.ORDERS_DB.prepare('DELETE FROM orders WHERE id = ?').bind(order.id).run();
    await vi.waitFor(async () => {
      await sweepRound();
      await until(order, 'provisioning');
    });
    const row = await bindings.ORDERS_DB.prepare('SELECT state FROM orders WHERE id = ?')
      .bind(order.id)
      .first();
    expect(row).toEqual({ state: 'provisioning' });
    expect((await payments.callsOf(order.id)).filter((name) => name === 'create')).toHaveLength(1);
  });

  it('looks once more at an order that has ended, then never again', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    await request('POST', `/v1/orders/${order.id}/cancel`, { as: [order.customerId, 'customer'], body: {} });
    await until(order, 'cancelled');
    await quiet(order);
    const sweepAt = () =>
      bindings.ORDERS_DB.prepare('SELECT sweep_at FROM orders WHERE id = ?')
        .bind(order.id)
        .first<number | null>('sweep_at');
    const next = (await sweepAt()) ?? 0;
    expect(next).toBeGreaterThan(systemClock.now());
    await sweepOrders(ports(bindings), 'sweep', next + 1);
    expect(await sweepAt()).toBeNull();
  });

  it('can be asked for by an operator', async () => {
    const response = await request('POST', '/v1/orders/sweep', { as: OPERATOR });
    expect(await response.json()).toMatchObject({ more: false });
  });
});
