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
