import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { migrateObject } from '../lib/migrations.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { StockFace } from './face.ts';
import { STOCK_MIGRATIONS } from './migrations.ts';

const { STOCK } = env as unknown as { STOCK: ObjectNamespace<StockFace> };
const namespace = STOCK as unknown as DurableObjectNamespace;
const call = { requestId: 'request-of-the-test' };

it('goes on with stock, holds and sales from before there were locations', async () => {
  const sku = `SKU-${crypto.randomUUID()}`;
  const [held, sold, late] = [newId('order'), newId('order'), newId('order')];
  const lines = [{ lineId: newId('line'), quantity: 2 }];
  const stub = namespace.getByName(sku);
  // An older version of the object ran here: its tables are there before the present code opens them.
  await runInDurableObject(stub, (_, { storage }) => {
    migrateObject(storage, STOCK_MIGRATIONS, 3);
    storage.sql.exec('INSERT INTO level VALUES (1, ?, 5, 3, 9, 4, 0)', sku);
    const add = (orderId: string, quantity: number, state: string, expiresAt: number) =>
      storage.sql.exec(
        'INSERT INTO holds VALUES (?, ?, ?, ?, ?, 1)',
        orderId,
        lines[0]?.lineId,
        quantity,
        state,
        expiresAt,
      );
    add(held, 2, 'held', Date.now() + 60_000);
    add(late, 1, 'held', 1);
    add(sold, 2, 'committed', 1);
    storage.sql.exec("INSERT INTO _alarms (name, at) VALUES ('expiry', 1)");
  });
  await runInDurableObject(stub, (_, state) => state.abort('a new version')).catch(() => {});
  expect(await STOCK.getByName(sku).level(call)).toMatchObject({
    onHand: 5,
    held: 3,
    available: 2,
    sequence: 9,
    locations: [{ code: 'main', onHand: 5, held: 3 }],
  });
  await runInDurableObject(namespace.getByName(sku), (_, { storage }) =>
    storage.setAlarm(Date.now() + 60_000),
  );
  await runDurableObjectAlarm(namespace.getByName(sku));
  expect(await STOCK.getByName(sku).level(call)).toMatchObject({ held: 2, available: 3 });
  expect(await STOCK.getByName(sku).commit(call, { sku, orderId: held, lines })).toMatchObject({ ok: true });
  await STOCK.getByName(sku).giveBack(call, { sku, orderId: sold });
  expect(await STOCK.getByName(sku).level(call)).toMatchObject({ onHand: 5, held: 0, available: 5 });
});
