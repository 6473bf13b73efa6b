import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { PromotionFace } from './face.ts';

const { PROMOTION } = env as unknown as { PROMOTION: ObjectNamespace<PromotionFace> };
const call = { requestId: 'request-of-the-test' };

/** One promotion, as orders of different customers see it. */
function promotion(limits: { limitTotal?: number; limitPerCustomer?: number }) {
  const promotionId = newId('promotion');
  const claim = (orderId: string, customerId = newId('user'), use?: string) =>
    PROMOTION.getByName(promotionId).claim(call, {
      promotionId,
      orderId,
      ...(use === undefined ? {} : { use }),
      customerId,
      limitTotal: limits.limitTotal ?? null,
      limitPerCustomer: limits.limitPerCustomer ?? null,
    });
  const giveBack = (orderId: string) =>
    PROMOTION.getByName(promotionId).giveBack(call, { promotionId, orderId });
  const used = async () => (await PROMOTION.getByName(promotionId).uses(call)).used;
  const stub = (PROMOTION as unknown as DurableObjectNamespace).getByName(promotionId);
  return { claim, giveBack, used, stub };
}
const order = (): string => newId('order');
const USED_UP = { ok: false, error: { reason: 'used_up' } };
const GIVEN = { ok: true, value: null };

describe('a Promotion object', () => {
  it('gives exactly ten uses to a thousand orders that claim at once', async () => {
    const { claim, used } = promotion({ limitTotal: 10 });
    const claims = await Promise.all(Array.from({ length: 1_000 }, () => claim(order())));
    expect(claims.filter((each) => each.ok)).toHaveLength(10);
    expect(claims.filter((each) => !each.ok && each.error.reason === 'used_up')).toHaveLength(990);
    expect(await used()).toBe(10);
  });

  it('counts an order once, however often and in parallel it asks', async () => {
    const { claim, used } = promotion({ limitTotal: 2 });
    const [first, customer] = [order(), newId('user')];
    const answers = await Promise.all(Array.from({ length: 50 }, () => claim(first, customer)));
    expect(answers.every((each) => each.ok)).toBe(true);
    expect(await used()).toBe(1);
  });

  it('gives a refused order the same answer again, even when a use became free meanwhile', async () => {
    const { claim, giveBack } = promotion({ limitTotal: 1 });
    const [first, second] = [order(), order()];
    await claim(first);
    expect(await claim(second)).toEqual(USED_UP);
    await giveBack(first);
    expect(await claim(second)).toEqual(USED_UP);
    expect(await claim(order())).toEqual(GIVEN);
  });

  it('frees a returned use once, however often it is returned', async () => {
    const { claim, giveBack, used } = promotion({ limitTotal: 2 });
    const [first, second] = [order(), order()];
    await Promise.all([claim(first), claim(second)]);
    await Promise.all(Array.from({ length: 20 }, () => giveBack(first)));
    expect(await used()).toBe(1);
    expect(await claim(order())).toEqual(GIVEN);
    expect(await claim(order())).toEqual(USED_UP);
  });

  it('refuses a claim that arrives after its return, because a late request must not take a use nobody returns', async () => {
    const { claim, giveBack, used } = promotion({ limitTotal: 5 });
    const late = order();
    await giveBack(late);
    expect(await claim(late)).toEqual(USED_UP);
    expect(await used()).toBe(0);
  });

  it('gives an order that returned its use another one under another name, and the late one none', async () => {
    const { claim, giveBack, used } = promotion({ limitTotal: 1 });
    const [first, customer, use] = [order(), newId('user'), newId('operation')];
    await claim(first, customer);
    await giveBack(first);
    expect(await claim(first, customer)).toEqual(USED_UP);
    expect(await claim(first, customer, use)).toEqual(GIVEN);
    await giveBack(first);
    expect(await used()).toBe(1);
    expect(await claim(order())).toEqual(USED_UP);
  });

  it('limits each customer for themselves', async () => {
    const { claim, giveBack } = promotion({ limitPerCustomer: 1 });
    const [customer, first, second] = [newId('user'), order(), order()];
    expect(await claim(first, customer)).toEqual(GIVEN);
    expect(await claim(second, customer)).toEqual({ ok: false, error: { reason: 'used_up_by_customer' } });
    expect(await claim(order())).toEqual(GIVEN);
    await giveBack(first);
    expect(await claim(order(), customer)).toEqual(GIVEN);
  });

  it('never gives more than its limit whatever is claimed and returned at once', async () => {
    const { claim, giveBack, used } = promotion({ limitTotal: 7 });
    const orders = Array.from({ length: 200 }, order);
    const kept = await Promise.all(
      orders.map(async (id, index) => {
        const answer = await claim(id);
        if (index % 3 === 0) await giveBack(id);
        return answer.ok && index % 3 !== 0;
      }),
    );
    expect(await used()).toBe(kept.filter(Boolean).length);
    expect(await used()).toBeLessThanOrEqual(7);
  });

  it('knows nothing and keeps nothing of a promotion nobody claimed', async () => {
    const { used, stub } = promotion({});
    expect(await used()).toBe(0);
    const tables = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'uses'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it('forgets refused and returned uses after a week and claimed ones never', async () => {
    const { claim, giveBack, used, stub } = promotion({ limitTotal: 1 });
    const [first, second] = [order(), order()];
    await claim(first);
    await claim(second);
    await giveBack(order());
    await runInDurableObject(stub, (_, state) => {
      state.storage.sql.exec('UPDATE uses SET changed_at = 1');
      state.storage.sql.exec('UPDATE _alarms SET at = 1');
    });
    await runDurableObjectAlarm(stub);
    const left = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec('SELECT order_id FROM uses').toArray(),
    );
    expect(left).toEqual([{ order_id: first }]);
    expect(await used()).toBe(1);
  });
});
