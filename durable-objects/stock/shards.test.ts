import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { StockFace } from './face.ts';
import { shardName, stockObjectOf } from './name.ts';
import type { Stock } from './object.ts';
import { buy, type Habit, HABITS, openShop } from './testing/buyers.ts';

const { STOCK } = env as unknown as { STOCK: ObjectNamespace<StockFace> };
const namespace = STOCK as unknown as DurableObjectNamespace;
const call = { requestId: 'request-of-the-test' };

interface ShardedOptions {
  onHand: number;
  shards: number;
  backorder?: number;
}

async function sharded({ onHand, shards, backorder = 0 }: ShardedOptions) {
  const sku = `SKU-${crypto.randomUUID()}`;
  const root = STOCK.getByName(sku);
  await root.declare(call, { sku, onHand, sequence: 1 });
  const settle = (settings: Parameters<StockFace['changeSettings']>[1]['settings']) =>
    root.changeSettings(call, { sku, version: null, settings });
  await settle({ shards, ...(backorder === 0 ? {} : { backorder: { limit: backorder, expectedAt: null } }) });
  const buyer = (index: number | null = null, quantity = 1) => {
    const orderId = newId('order');
    const object = index === null ? stockObjectOf(sku, shards, orderId) : shardName(sku, index);
    const stock = () => STOCK.getByName(object);
    const input = { sku, object, orderId, lines: [{ lineId: newId('line'), quantity }] };
    return {
      object,
      hold: (expiresAt = Date.now() + 60_000) => stock().hold(call, { ...input, expiresAt }),
      commit: () => stock().commit(call, input),
      giveBack: () => stock().giveBack(call, { sku, object, orderId }),
    };
  };
  const stubs = Array.from({ length: shards }, (_, index) => namespace.getByName(shardName(sku, index)));
  /** Root and shards as they are, not as they were reported. */
  const truth = async () => {
    const levels = await Promise.all(
      [sku, ...stubs.map((_, index) => shardName(sku, index))].map((name) =>
        STOCK.getByName(name).level(call),
      ),
    );
    // The root's answer adds up the shards as it knows them: its own rows are asked for instead.
    const own = await runInDurableObject(namespace.getByName(sku), (_, { storage }) =>
      storage.sql.exec<{ on_hand: number; held: number }>('SELECT on_hand, held FROM level').one(),
    );
    const lent = levels.slice(1).map((level) => level ?? { onHand: 0, held: 0 });
    return {
      onHand: own.on_hand + lent.reduce((sum, level) => sum + level.onHand, 0),
      held: own.held + lent.reduce((sum, level) => sum + level.held, 0),
      lent: lent.map((level) => level.onHand - level.held),
    };
  };
  return { sku, root, settle, buyer, stubs, truth };
}

describe('a SKU spread over shards', () => {
  it('sells exactly what there is when ten times as many are asked for at once', async () => {
    const { buyer, truth } = await sharded({ onHand: 40, shards: 4 });
    const buyers = Array.from({ length: 400 }, () => buyer());
    const held = await Promise.all(buyers.map((each) => each.hold()));
    expect(held.filter((answer) => answer.ok)).toHaveLength(40);
    const sold = await Promise.all(buyers.filter((_, index) => held[index]?.ok).map((each) => each.commit()));
    expect(sold.filter((answer) => answer.ok)).toHaveLength(40);
    expect(await truth()).toMatchObject({ onHand: 0, held: 0 });
  });

  it('sells all there is and not one more while orders are cancelled, returned, paid late and forgotten', async () => {
    const shop = { stock: STOCK, sku: `SKU-${crypto.randomUUID()}`, shards: 3 };
    const units = 30;
    await openShop(shop, units);
    const wave = async (habits: readonly Habit[]) =>
      (await Promise.all(habits.map((habit) => buy(shop, habit)))).filter((ending) => ending === 'sold')
        .length;
    let sold = await wave(
      Array.from({ length: units * 10 }, (_, index) => HABITS[index % HABITS.length] ?? 'buys'),
    );
    expect(sold).toBeLessThanOrEqual(units);
    await vi.waitFor(
      async () => {
        sold += await wave(['buys', 'buys', 'buys']);
        expect(sold).toBeGreaterThanOrEqual(units);
      },
      { timeout: 20_000 },
    );
    expect([sold, await wave(['buys'])]).toEqual([units, 0]);
  });

  it('lets a shard decide alone while it has units, and the root say so in the level', async () => {
    const { buyer, truth, root, stubs } = await sharded({ onHand: 100, shards: 2 });
    await buyer(0).hold();
    await vi.waitFor(async () => expect((await truth()).lent[0]).toBeGreaterThan(10));
    const movements = async () => (await root.movements(call, { before: null, limit: 100 }))?.length;
    const before = await movements();
    for (let n = 0; n < 10; n += 1) expect(await buyer(0).hold()).toMatchObject({ ok: true });
    expect(await movements()).toBe(before);
    for (const stub of stubs.slice(0, 1)) await runDurableObjectAlarm(stub);
    await vi.waitFor(async () =>
      expect(await root.level(call)).toMatchObject({ onHand: 100, held: 11, available: 89 }),
    );
  });

  it('refuses a buyer at an empty shard only when no other has units either', async () => {
    const { buyer, truth } = await sharded({ onHand: 8, shards: 2 });
    await buyer(0).hold();
    await vi.waitFor(async () => expect((await truth()).lent[0]).toBeGreaterThan(0));
    const others = [];
    for (let n = 0; n < 8; n += 1) others.push((await buyer(1).hold()).ok);
    expect(others).toEqual([true, true, true, true, true, true, true, false]);
  });

  it('has what an order gives back, or lets expire, at hand for a buyer at any other shard', async () => {
    const { buyer, sku } = await sharded({ onHand: 1, shards: 3 });
    const first = buyer(0);
    await first.hold();
    expect(await buyer(1).hold()).toMatchObject({ ok: false });
    await first.giveBack();
    const second = buyer(1);
    expect(await second.hold(Date.now() - 1)).toMatchObject({ ok: true });
    await runDurableObjectAlarm(namespace.getByName(sku));
    await runDurableObjectAlarm(namespace.getByName(shardName(sku, 1)));
    expect(await buyer(2).hold()).toMatchObject({ ok: true });
  });

  it('takes units home when there are fewer shards, and still answers for what they gave', async () => {
    const { buyer, truth, settle, sku, root } = await sharded({ onHand: 100, shards: 4 });
    const buyers = [0, 1, 2, 3].map((index) => buyer(index));
    for (const each of buyers) await each.hold();
    await vi.waitFor(async () => expect(Math.min(...(await truth()).lent)).toBeGreaterThan(0));
    await settle({ shards: 1 });
    await runDurableObjectAlarm(namespace.getByName(sku));
    await vi.waitFor(async () => expect((await truth()).lent).toEqual([0, 0, 0, 0]));
    for (const each of buyers) expect(await each.commit()).toMatchObject({ ok: true });
    await buyers[3]?.giveBack();
    expect(await truth()).toMatchObject({ onHand: 97, held: 0 });
    expect(await buyer(3).hold()).toMatchObject({ ok: true });
    await vi.waitFor(async () => expect(await root.level(call)).toMatchObject({ onHand: 97, held: 1 }));
  });

  it('counts down to less than shards hold: nothing is sold that is not there', async () => {
    const { buyer, root, sku, truth } = await sharded({ onHand: 40, shards: 2 });
    await buyer(0).hold();
    await vi.waitFor(async () => expect((await truth()).lent[0]).toBeGreaterThan(4));
    const buyers = Array.from({ length: 5 }, () => buyer(0));
    for (const each of buyers) await each.hold();
    expect(await root.setOnHand(call, { sku, onHand: 2 })).toMatchObject({ ok: true });
    const sold = [];
    for (const each of buyers) sold.push((await each.commit()).ok);
    expect(sold.filter(Boolean)).toHaveLength(2);
    expect(await truth()).toMatchObject({ onHand: 0 });
  });

  it('loses no unit when the reply to a portion or a return is lost', async () => {
    const { buyer, truth, stubs, sku, root } = await sharded({ onHand: 100, shards: 2 });
    await buyer(0).hold();
    await vi.waitFor(async () => expect((await truth()).lent[0]).toBeGreaterThan(0));
    // The shard forgets that the last portion was ever told to it, as if the reply had not come.
    const [stub] = stubs;
    if (stub === undefined) throw new Error('no shard');
    const portion = await runInDurableObject(stub, (_, { storage }) => {
      const { on_hand: units } = storage.sql.exec<{ on_hand: number }>('SELECT on_hand FROM level').one();
      storage.sql.exec("UPDATE lease SET granted = '{}', keeps = 0, term = 0");
      storage.sql.exec('UPDATE locations SET on_hand = 0; UPDATE level SET on_hand = 0');
      return units;
    });
    expect(portion).toBeGreaterThan(0);
    expect((await truth()).onHand).toBe(100 - portion);
    // What a settling SKU hears of first repairs it: every unit can be bought.
    const bought = [];
    for (let n = 0; n < 99; n += 1) bought.push((await buyer(1).hold()).ok);
    expect(bought.filter(Boolean)).toHaveLength(99);
    expect(await buyer(0).hold()).toMatchObject({ ok: false });
    expect(await root.level(call)).toMatchObject({ sku, available: 0 });
  });

  it.each(['root', 'shards'] as const)(
    'has every unit once after a restore, whose copy of the %s is the older one',
    async (older) => {
      const { buyer, truth, settle, sku, root, stubs } = await sharded({ onHand: 60, shards: 2 });
      const objects = [namespace.getByName(sku), ...stubs] as unknown as DurableObjectStub<Stock>[];
      const copied = async (which: 'root' | 'shards') =>
        Promise.all(
          (which === 'root' ? objects.slice(0, 1) : objects.slice(1)).map(async (object) => ({
            object,
            copy: await object.copy(call),
          })),
        );
      const comeHome = async () => {
        await settle({ shards: 1 });
        await runDurableObjectAlarm(namespace.getByName(sku));
        await vi.waitFor(async () => expect((await truth()).lent).toEqual([0, 0]));
        await settle({ shards: 2 });
      };
      const before = older === 'root' ? await copied('root') : [];
      // The first order is the root's and brings a portion, the others are the shard's.
      await buyer(0).hold();
      await vi.waitFor(async () => expect((await truth()).lent[0]).toBeGreaterThan(8));
      const kept = Array.from({ length: 4 }, () => buyer(0));
      for (const each of kept) expect(await each.hold()).toMatchObject({ ok: true });
      expect(await kept[0]?.commit()).toMatchObject({ ok: true });
      if (older === 'shards') {
        before.push(...(await copied('shards')));
        // All that is free comes home meanwhile.
        await comeHome();
      }
      const copies = [...before, ...(await copied(older === 'root' ? 'shards' : 'root'))];
      for (const { object, copy } of copies) {
        if (copy === null) continue;
        for (const replace of [true, false]) expect(await object.paste(call, { copy, replace })).toBe(true);
      }

      const isFirstKnown = older === 'shards';
      const free = 60 - kept.length - (isFirstKnown ? 1 : 0);
      const bought = [];
      for (let n = 0; n < free + 2; n += 1) bought.push((await buyer(1).hold()).ok);
      expect(bought.filter(Boolean)).toHaveLength(free);
      expect(await truth()).toMatchObject({ onHand: 59, held: 59, lent: [0, 0] });
      for (const each of kept) expect(await each.commit()).toMatchObject({ ok: true });
      expect(await truth()).toMatchObject({ onHand: 56, held: 56 });
      await vi.waitFor(async () => {
        for (const stub of stubs) await runDurableObjectAlarm(stub);
        expect(await root.level(call)).toMatchObject({ onHand: 56, held: 56, available: 0 });
      });
    },
  );

  it('puts orders of all shards into one queue for units on backorder', async () => {
    const { buyer, root, sku } = await sharded({ onHand: 1, shards: 3, backorder: 2 });
    const [first, second, third, fourth] = [buyer(0), buyer(1), buyer(2), buyer(0)];
    expect(await first.hold()).toMatchObject({ ok: true, value: { backordered: 0 } });
    expect(await second.hold()).toMatchObject({ ok: true, value: { backordered: 1 } });
    expect(await third.hold()).toMatchObject({ ok: true, value: { backordered: 1 } });
    expect(await fourth.hold()).toMatchObject({ ok: false, error: { available: 0 } });
    await root.restock(call, { sku, key: crypto.randomUUID(), quantity: 1 });
    expect(await second.commit()).toMatchObject({ ok: true, value: { waiting: [] } });
    expect(await third.commit()).toMatchObject({ ok: true, value: { backordered: 1 } });
    await first.giveBack();
    expect(await third.commit()).toMatchObject({ ok: true, value: { backordered: 0 } });
  });
});
