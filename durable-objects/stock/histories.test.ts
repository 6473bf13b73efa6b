import { env } from 'cloudflare:workers';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { linearize, Recorder } from '#shared/testing/linearizability.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { StockFace } from './face.ts';
import { shardName, stockObjectOf } from './name.ts';
import { sequentialStock, type StockInput, type StockOutput } from './testing/sequential.ts';

const { STOCK } = env as unknown as { STOCK: ObjectNamespace<StockFace> };
const call = { requestId: 'request-of-the-test' };

/** What each buyer does, one thing after the other, all buyers at once. */
type Wish = 'hold' | 'hold briefly' | 'commit' | 'giveBack' | 'restock';
interface Plan {
  units: number;
  shards: number;
  buyers: { quantity: number; wishes: Wish[] }[];
}
const plans = (shards: number) =>
  record({
    units: integer({ min: 3, max: 16 }),
    shards: constantFrom(shards),
    buyers: array(
      record({
        quantity: constantFrom(1, 2, 3, 4),
        wishes: array(
          constantFrom<Wish>('hold', 'hold', 'hold briefly', 'commit', 'commit', 'giveBack', 'restock'),
          { minLength: 2, maxLength: 4 },
        ),
      }),
      { minLength: 6, maxLength: 10 },
    ),
  });

/** A first buyer comes and goes, so that the shard has a portion of its own to sell. */
async function stockUp(sku: string, shard: number, hasPortion: boolean): Promise<void> {
  const object = shardName(sku, shard);
  const orderId = newId('order');
  const lines = [{ lineId: newId('line'), quantity: 1 }];
  const stock = STOCK.getByName(object);
  await stock.hold(call, { sku, object, orderId, lines, expiresAt: Date.now() + 60_000 });
  await stock.giveBack(call, { sku, object, orderId });
  if (!hasPortion) return;
  await vi.waitFor(async () => expect((await stock.level(call))?.onHand).toBeGreaterThan(0), { interval: 5 });
}

async function historyOf({ units, shards, buyers }: Plan) {
  const sku = `SKU-${crypto.randomUUID()}`;
  await STOCK.getByName(sku).declare(call, { sku, onHand: units, sequence: 1 });
  await STOCK.getByName(sku).changeSettings(call, { sku, version: null, settings: { shards } });
  const indexes = shards > 1 ? Array.from({ length: shards }, (_, index) => index) : [];
  for (const shard of indexes) await stockUp(sku, shard, units / shards >= 4);
  const recorder = new Recorder<StockInput, StockOutput>();
  await Promise.all(
    buyers.map(async ({ quantity, wishes }, order) => {
      const orderId = newId('order');
      const object = stockObjectOf(sku, shards, orderId);
      const input = { sku, object, orderId, lines: [{ lineId: newId('line'), quantity }] };
      const stock = () => STOCK.getByName(object);
      for (const wish of wishes) {
        if (wish === 'giveBack') {
          await recorder.call({ act: wish, order }, async () => {
            await stock().giveBack(call, { sku, object, orderId });
            return true;
          });
        } else if (wish === 'restock') {
          const key = crypto.randomUUID();
          await recorder.call({ act: wish, quantity: 1 }, async () => {
            await STOCK.getByName(sku).restock(call, { sku, key, quantity: 1 });
            return true;
          });
        } else if (wish === 'commit') {
          await recorder.call(
            { act: wish, order, quantity },
            async () => (await stock().commit(call, input)).ok,
          );
        } else {
          const expiresAt = Date.now() + (wish === 'hold' ? 60_000 : -1);
          if (wish === 'hold briefly') recorder.mayHappen({ act: 'expire', order });
          await recorder.call(
            { act: 'hold', order, quantity },
            async () => (await stock().hold(call, { ...input, expiresAt })).ok,
          );
        }
      }
    }),
  );
  return recorder.history;
}

describe('the stock of a SKU, seen by many at once', () => {
  it.each([1, 2, 3])('answers as one shelf would, one call at a time, with %i objects', async (shards) => {
    await assert(
      asyncProperty(plans(shards), async (plan) => {
        const history = await historyOf(plan);
        expect(linearize(sequentialStock(plan.units), history) !== null || JSON.stringify(history)).toBe(
          true,
        );
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
});
