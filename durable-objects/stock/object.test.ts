import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { StockFace } from './face.ts';

const { STOCK } = env as unknown as { STOCK: ObjectNamespace<StockFace> };
const namespace = STOCK as unknown as DurableObjectNamespace;
const call = { requestId: 'request-of-the-test' };

async function shelf(onHand: number) {
  const sku = `SKU-${crypto.randomUUID()}`;
  const stock = STOCK.getByName(sku);
  await stock.declare(call, { sku, onHand, sequence: 1 });
  const take = (quantity = 1, orderId = newId('order'), lineId = newId('line')) => {
    const input = { sku, orderId, lines: [{ lineId, quantity }] };
    return {
      input,
      hold: (expiresAt = Date.now() + 60_000) => STOCK.getByName(sku).hold(call, { ...input, expiresAt }),
      commit: () => STOCK.getByName(sku).commit(call, input),
      giveBack: () => STOCK.getByName(sku).giveBack(call, { sku, orderId }),
    };
  };
  const level = () => STOCK.getByName(sku).level(call);
  return { sku, stock, take, level, stub: () => namespace.getByName(sku) };
}

describe('a Stock object', () => {
  it('holds exactly as many units as there are when ten times as many are asked for at once', async () => {
    const units = 20;
    const { take, level } = await shelf(units);
    const answers = await Promise.all(Array.from({ length: units * 10 }, () => take().hold()));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(units);
    expect(await level()).toMatchObject({ onHand: units, held: units, available: 0 });
  });

  it('takes a repeated hold, commit and return once, because replies get lost', async () => {
    const { take, level } = await shelf(3);
    const order = take(2);
    for (let time = 0; time < 3; time += 1)
      expect(await order.hold()).toMatchObject({ ok: true, value: { waiting: [] } });
    expect(await level()).toMatchObject({ held: 2 });
    for (let time = 0; time < 3; time += 1) expect(await order.commit()).toMatchObject({ ok: true });
    expect(await level()).toMatchObject({ onHand: 1, held: 0 });
    for (let time = 0; time < 3; time += 1) await order.giveBack();
    expect(await level()).toMatchObject({ onHand: 3, held: 0 });
  });

  it('lets an expired hold go by its alarm and takes it again on a late commit, if units are free', async () => {
    const { take, level, stub } = await shelf(1);
    const [late, quick] = [take(), take()];
    await late.hold(Date.now() - 1);
    await runDurableObjectAlarm(stub());
    expect(await level()).toMatchObject({ held: 0, available: 1 });
    expect(await late.commit()).toMatchObject({ ok: true });
    expect(await quick.hold()).toMatchObject({ ok: false, error: { available: 0 } });
    await late.giveBack();
    expect(await level()).toMatchObject({ onHand: 1, held: 0 });
  });

  it('lets go of all lines that ran out at once, also of units that one of them gave to the next', async () => {
    const { sku, stock, level, stub } = await shelf(1);
    await stock.changeSettings(call, {
      sku,
      version: null,
      settings: { backorder: { limit: 3, expectedAt: null } },
    });
    const lines = [1, 2].map((quantity) => ({ lineId: newId('line'), quantity }));
    const held = await stock.hold(call, { sku, orderId: newId('order'), lines, expiresAt: Date.now() - 1 });
    expect(held).toMatchObject({ ok: true, value: { backordered: 2 } });
    await runDurableObjectAlarm(stub());
    expect(await level()).toMatchObject({ onHand: 1, held: 0, backorder: { open: 0 } });
  });

  it('refuses a late commit when the units went to somebody else', async () => {
    const { take, stub, level } = await shelf(1);
    const [late, quick] = [take(), take()];
    await late.hold(Date.now() - 1);
    await runDurableObjectAlarm(stub());
    await quick.hold();
    expect(await late.commit()).toMatchObject({ ok: false, error: { available: 0 } });
    expect(await quick.commit()).toMatchObject({ ok: true });
    expect(await level()).toMatchObject({ onHand: 0, held: 0 });
  });

  it('lengthens a hold that is asked for again with a later end', async () => {
    const { take, stub, level } = await shelf(1);
    const order = take();
    await order.hold(Date.now() + 1);
    await order.hold(Date.now() + 60_000);
    await runDurableObjectAlarm(stub());
    expect(await level()).toMatchObject({ held: 1 });
  });

  it('holds to the latest end it was asked for, because a request that was held up would cut short what followed it', async () => {
    const { take, stub, level } = await shelf(1);
    const order = take();
    await order.hold(Date.now() + 60_000);
    await order.hold(Date.now() - 1);
    await runDurableObjectAlarm(stub());
    expect(await level()).toMatchObject({ held: 1, available: 0 });
  });

  it('holds what ran out anew to the end that is asked for then', async () => {
    const { take, stub, level } = await shelf(1);
    const order = take();
    await order.hold(Date.now() - 1);
    await runDurableObjectAlarm(stub());
    expect(await level()).toMatchObject({ held: 0 });
    await order.hold(Date.now() + 60_000);
    await runDurableObjectAlarm(stub());
    expect(await level()).toMatchObject({ held: 1 });
  });

  it('refuses an order that gave back already, because its delayed request would leak units', async () => {
    const { take, level } = await shelf(1);
    const order = take();
    await order.giveBack();
    expect(await order.hold()).toMatchObject({ ok: false });
    expect(await level()).toMatchObject({ held: 0 });
  });

  it('ignores an older declaration, and lets an operator count at any time', async () => {
    const { sku, stock, level, take } = await shelf(5);
    await stock.declare(call, { sku, onHand: 9, sequence: 3 });
    await stock.declare(call, { sku, onHand: 7, sequence: 2 });
    expect(await level()).toMatchObject({ onHand: 9 });
    const order = take(4);
    await order.hold();
    expect(await stock.setOnHand(call, { sku, onHand: 3 })).toMatchObject({
      value: { onHand: 3, held: 4, available: 0 },
    });
    expect(await order.commit()).toMatchObject({ ok: false });
  });

  it('forgets ended holds and orders after a week, even when nobody holds anything any more', async () => {
    const { take, stub } = await shelf(1);
    await take().giveBack();
    await take().hold(Date.now() - 1);
    await runDurableObjectAlarm(stub());
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec('UPDATE holds SET changed_at = 1');
      storage.sql.exec('UPDATE closed_orders SET at = 1');
    });
    const rows = () =>
      runInDurableObject(stub(), (_, { storage }) =>
        storage.sql
          .exec(
            'SELECT (SELECT count(*) FROM holds) AS holds, (SELECT count(*) FROM closed_orders) AS orders',
          )
          .one(),
      );
    expect(await rows()).toEqual({ holds: 1, orders: 1 });
    await runInDurableObject(stub(), (_, { storage }) => storage.sql.exec('UPDATE _alarms SET at = 1'));
    await runDurableObjectAlarm(stub());
    expect(await rows()).toEqual({ holds: 0, orders: 0 });
  });

  it('keeps everything when its process goes away', async () => {
    const { take, level, stub } = await shelf(2);
    await take().hold();
    await evictDurableObject(stub());
    expect(await level()).toMatchObject({ onHand: 2, held: 1 });
  });

  it('stores nothing for a SKU nobody declared, however often it is asked', async () => {
    const sku = `SKU-${crypto.randomUUID()}`;
    const stock = STOCK.getByName(sku);
    expect(await stock.level(call)).toBeNull();
    const lines = [{ lineId: newId('line'), quantity: 1 }];
    const input = { sku, orderId: newId('order'), lines, expiresAt: Date.now() + 1_000 };
    expect(await stock.hold(call, input)).toEqual({ ok: false, error: { lineId: '', available: 0 } });
    await stock.giveBack(call, { sku, orderId: newId('order') });
    const tables = await runInDurableObject(namespace.getByName(sku), (_, state) =>
      state.storage.sql.exec('SELECT count(*) AS n FROM sqlite_master').one(),
    );
    expect(tables).toEqual({ n: 0 });
  });

  it('announces many changes as one message with the latest level', async () => {
    const { take, stub, level } = await shelf(10);
    for (let n = 0; n < 5; n += 1) await take().hold();
    const announcements = await runInDurableObject(stub(), (_, state) =>
      state.storage.sql.exec('SELECT count(*) AS n FROM _outbox').one(),
    );
    expect(announcements).toEqual({ n: 1 });
    expect(await level()).toMatchObject({ sequence: 6 });
  });
});
