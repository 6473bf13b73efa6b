import { newId } from '#shared/ids/ids.ts';
import type { ObjectNamespace } from '../../lib/namespace.ts';
import type { StockFace } from '../face.ts';
import { stockObjectOf } from '../name.ts';

const call = { requestId: 'buyers-in-parallel' };

/** What a buyer does after a hold. */
export const HABITS = [
  'buys',
  'buys',
  'buys',
  'buys twice',
  'cancels',
  'returns',
  'forgets',
  'is late',
] as const;
export type Habit = (typeof HABITS)[number];
export type Ending = 'sold' | 'refused' | 'gave back' | 'expired';

export interface Shop {
  stock: ObjectNamespace<StockFace>;
  sku: string;
  shards: number;
}

export async function openShop(shop: Shop, units: number): Promise<void> {
  const root = shop.stock.getByName(shop.sku);
  await root.declare(call, { sku: shop.sku, onHand: units, sequence: 1 });
  await root.changeSettings(call, { sku: shop.sku, version: null, settings: { shards: shop.shards } });
}

/** One buyer of one unit from the first call to the last. */
export async function buy({ stock, sku, shards }: Shop, habit: Habit): Promise<Ending> {
  const orderId = newId('order');
  const object = stockObjectOf(sku, shards, orderId);
  const input = { sku, object, orderId, lines: [{ lineId: newId('line'), quantity: 1 }] };
  const on = () => stock.getByName(object);
  const isShort = habit === 'forgets' || habit === 'is late';
  const held = await on().hold(call, { ...input, expiresAt: Date.now() + (isShort ? 1 : 600_000) });
  if (!held.ok) return 'refused';
  if (habit === 'forgets') return 'expired';
  if (habit === 'cancels') {
    await on().giveBack(call, { sku, object, orderId });
    return 'gave back';
  }
  const sold = await on().commit(call, input);
  if (habit === 'buys twice') await on().commit(call, input);
  if (!sold.ok) {
    await on().giveBack(call, { sku, object, orderId });
    return habit === 'is late' ? 'expired' : 'refused';
  }
  if (habit !== 'returns') return 'sold';
  await on().giveBack(call, { sku, object, orderId });
  return 'gave back';
}
