import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { COUNT_MAX } from '#shared/domain/fraud/rule.ts';
import { newId } from '#shared/ids/ids.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import { countInputSchema, type VelocityFace } from './face.ts';

const { VELOCITY } = env as unknown as { VELOCITY: ObjectNamespace<VelocityFace> };
const call = { requestId: 'request-of-the-test' };
const HOUR = 3_600;

function subject() {
  const name = `card:${crypto.randomUUID()}`;
  const stub = (VELOCITY as unknown as DurableObjectNamespace).getByName(name);
  const count = async (orderId: string, windowsSeconds = [HOUR]) =>
    (await VELOCITY.getByName(name).count(call, { orderId, windowsSeconds })).orders;
  const rows = () =>
    runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'counted'").toArray().length === 0
        ? null
        : state.storage.sql.exec<{ orders: number }>('SELECT count(*) AS orders FROM counted').one().orders,
    );
  const older = (orderId: string, seconds: number) =>
    runInDurableObject(stub, (_, state) => {
      state.storage.sql.exec('UPDATE counted SET at = at - ? WHERE order_id = ?', seconds * 1_000, orderId);
    });
  return { stub, count, rows, older };
}
const order = (): string => newId('order');

describe('a Velocity object', () => {
  it('gives orders at the same moment one number each, because exactly one of them is the one too many', async () => {
    const { count } = subject();
    const counts = await Promise.all(Array.from({ length: 200 }, () => count(order())));
    expect(counts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('counts an order once, however often and in parallel it is asked', async () => {
    const { count, rows } = subject();
    const first = order();
    const counts = await Promise.all(Array.from({ length: 50 }, () => count(first)));
    expect(new Set(counts.flat())).toEqual(new Set([1]));
    expect(await rows()).toBe(1);
  });

  it('answers a repeat as the first time, because what came later is no reason against an order', async () => {
    const { count } = subject();
    const first = order();
    await count(first);
    await count(order());
    expect([await count(first), await count(order())]).toEqual([[1], [3]]);
  });

  it('counts each window for itself, up to the order that asks', async () => {
    const { count, older } = subject();
    const [first, second] = [order(), order()];
    await count(first);
    await count(second);
    await older(first, 2 * HOUR);
    expect(await count(order(), [60, HOUR, 24 * HOUR])).toEqual([2, 2, 3]);
  });

  it('counts no further than any rule looks', async () => {
    const { count, stub } = subject();
    await count(order());
    await runInDurableObject(stub, (_, state) => {
      state.storage.sql.exec(
        `INSERT INTO counted (order_id, at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         SELECT 'ord_' || i, ? FROM n`,
        Date.now(),
      );
    });
    expect(await count(order())).toEqual([COUNT_MAX]);
    const kept = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec<{ orders: number }>('SELECT count(*) AS orders FROM counted').one(),
    );
    expect(kept.orders).toBe(2 * COUNT_MAX);
  });

  it('forgets after the longest window, and is empty when nothing is left', async () => {
    const { count, stub, rows } = subject();
    const [first, second] = [order(), order()];
    await count(first);
    await count(second);
    const overdue = (orderId: string) =>
      runInDurableObject(stub, (_, state) => {
        state.storage.sql.exec('UPDATE counted SET at = 1 WHERE order_id = ?', orderId);
        state.storage.sql.exec('UPDATE _alarms SET at = 1');
      });
    await overdue(first);
    await runDurableObjectAlarm(stub);
    expect(await rows()).toBe(1);
    await overdue(second);
    await runDurableObjectAlarm(stub);
    expect(await rows()).toBeNull();
    expect(await count(second)).toEqual([1]);
  });

  it('knows nothing of whom it counts but the ids of orders', async () => {
    const { count, stub } = subject();
    await count(order());
    const columns = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec<{ name: string }>('SELECT name FROM pragma_table_info(?)', 'counted').toArray(),
    );
    expect(columns.map(({ name }) => name)).toEqual(['sequence', 'order_id', 'at']);
  });

  it('takes nothing but the id of an order, so that no address can become part of what is kept', () => {
    expect(countInputSchema.safeParse({ orderId: 'anna@mail.test', windowsSeconds: [] }).success).toBe(false);
  });
});
