import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { BuyerFace } from './face.ts';

const { BUYER } = env as unknown as { BUYER: ObjectNamespace<BuyerFace> };
const call = { requestId: 'request-of-the-test' };
const fingerprint = 'f'.repeat(64);

describe('a Buyer object', () => {
  it('gives one order id for one key, however many ask at once', async () => {
    const customer = newId('user');
    const claims = await Promise.all(
      Array.from({ length: 50 }, () => BUYER.getByName(customer).claim(call, { key: 'k', fingerprint })),
    );
    expect(new Set(claims.map((claim) => (claim.ok ? claim.value.orderId : 'refused'))).size).toBe(1);
  });

  it('refuses a key that stands for another request', async () => {
    const buyer = BUYER.getByName(newId('user'));
    await buyer.claim(call, { key: 'k', fingerprint });
    expect(await buyer.claim(call, { key: 'k', fingerprint: 'e'.repeat(64) })).toEqual({
      ok: false,
      error: 'key_reused',
    });
  });

  it('keeps one current cart, however many want to be it, until that one is replaced by name', async () => {
    const buyer = BUYER.getByName(newId('user'));
    expect(await buyer.currentCart(call)).toBeNull();
    const wanted = Array.from({ length: 20 }, () => newId('cart'));
    const kept = await Promise.all(wanted.map((cartId) => buyer.keepCart(call, { cartId, instead: null })));
    const [current = ''] = new Set(kept);
    expect(new Set(kept).size).toBe(1);
    const cartId = newId('cart');
    expect(await buyer.keepCart(call, { cartId, instead: newId('cart') })).toBe(current);
    expect(await buyer.keepCart(call, { cartId, instead: current })).toBe(cartId);
    expect(await buyer.currentCart(call)).toBe(cartId);
  });

  it('forgets a key after a day, by its alarm', async () => {
    const customer = newId('user');
    const first = await BUYER.getByName(customer).claim(call, { key: 'k', fingerprint });
    const stub = (BUYER as unknown as DurableObjectNamespace).getByName(customer);
    await runInDurableObject(stub, (_, state) => {
      state.storage.sql.exec('UPDATE claims SET expires_at = 1');
      state.storage.sql.exec('UPDATE _alarms SET at = 1');
    });
    await runDurableObjectAlarm(stub);
    const left = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec('SELECT count(*) AS n FROM claims').one(),
    );
    expect(left).toEqual({ n: 0 });
    const second = await BUYER.getByName(customer).claim(call, { key: 'k', fingerprint });
    expect(second).not.toEqual(first);
  });
});

describe('what one customer may buy', () => {
  const limited = (
    quantity: number,
    values: { limit?: number; days?: number | null; use?: string } = {},
  ) => ({
    orderId: newId('order'),
    use: values.use ?? 'placed',
    items: [
      {
        scope: 'prod_1',
        limit: values.limit ?? 5,
        days: values.days === undefined ? 30 : values.days,
        quantity,
      },
    ],
  });

  it('is never more than the limit, however many orders ask at once, and all of it when there is demand', async () => {
    const buyer = BUYER.getByName(newId('user'));
    const orders = Array.from({ length: 50 }, (_, index) => limited(1 + (index % 2)));
    const claims = await Promise.all(orders.map((order) => buyer.claimAllowance(call, order)));
    const taken = orders.filter((_, index) => claims[index]?.ok).flatMap(({ items }) => items);
    expect(taken.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(5);
    expect(await buyer.claimAllowance(call, limited(1))).toEqual({
      ok: false,
      error: { scope: 'prod_1', left: 0 },
    });
  });

  it('is taken once for an order that repeats itself, and not again after it was given back', async () => {
    const buyer = BUYER.getByName(newId('user'));
    const order = limited(3);
    for (let round = 0; round < 3; round += 1)
      expect((await buyer.claimAllowance(call, order)).ok).toBe(true);
    expect(await buyer.claimAllowance(call, limited(3))).toMatchObject({ error: { left: 2 } });
    await buyer.returnAllowance(call, { orderId: order.orderId, use: 'placed' });
    await buyer.returnAllowance(call, { orderId: order.orderId, use: 'placed' });
    expect((await buyer.claimAllowance(call, order)).ok).toBe(false);
    expect((await buyer.claimAllowance(call, limited(5))).ok).toBe(true);
  });

  it('counts a changed order with the larger of both claims until the older one is given back', async () => {
    const buyer = BUYER.getByName(newId('user'));
    const placed = limited(4);
    const edited = { ...limited(2, { use: newId('operation') }), orderId: placed.orderId };
    await buyer.claimAllowance(call, placed);
    // Less than it has is granted although the limit is lower by now.
    edited.items[0] = { ...edited.items[0], scope: 'prod_1', days: 30, quantity: 2, limit: 1 };
    expect((await buyer.claimAllowance(call, edited)).ok).toBe(true);
    expect(await buyer.claimAllowance(call, limited(2))).toMatchObject({ ok: false, error: { left: 1 } });
    await buyer.returnAllowance(call, { orderId: placed.orderId, use: 'placed' });
    expect((await buyer.claimAllowance(call, limited(3))).ok).toBe(true);
  });

  it('is there again when the period is over, and never where there is no period', async () => {
    const customer = newId('user');
    const buyer = BUYER.getByName(customer);
    await buyer.claimAllowance(call, limited(5));
    const stub = (BUYER as unknown as DurableObjectNamespace).getByName(customer);
    await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec('UPDATE purchases SET claimed_at = 1'),
    );
    expect((await buyer.claimAllowance(call, limited(1, { days: null }))).ok).toBe(false);
    expect((await buyer.claimAllowance(call, limited(5))).ok).toBe(true);
  });
});
