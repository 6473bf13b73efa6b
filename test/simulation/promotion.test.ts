import { beforeEach, expect, it } from 'vitest';
import { ENDED_KEPT_MS, PromotionEngine } from '#objects/promotion/engine.ts';
import { fail, ok } from '#shared/domain/result.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { ObjectDisk } from './kernel/storage.ts';

const CALL = { requestId: 'promotion' };
const PROMOTION = `promo_${'0'.repeat(31)}1`;
const SECOND_USE = `op_${'0'.repeat(31)}2`;
const order = (index: number): string => `ord_${index.toString(16).padStart(32, '0')}`;
const customer = (index: number): string => `usr_${index.toString(16).padStart(32, '0')}`;

let disk: ObjectDisk;
let now: number;
const engine = (): PromotionEngine =>
  new PromotionEngine({
    storage: disk.facade(() => true),
    clock: { now: () => now },
    random: () => 0,
    after: () => () => {},
    newId: () => '',
    waitUntil: () => {},
  });
const claim = (index: number, limits: { total?: number; each?: number; by?: number; use?: string } = {}) =>
  engine().claim(CALL, {
    promotionId: PROMOTION,
    orderId: order(index),
    customerId: customer(limits.by ?? index),
    limitTotal: limits.total ?? null,
    limitPerCustomer: limits.each ?? null,
    ...(limits.use === undefined ? {} : { use: limits.use }),
  });
const giveBack = (index: number, use?: string) =>
  engine().giveBack(CALL, {
    promotionId: PROMOTION,
    orderId: order(index),
    ...(use === undefined ? {} : { use }),
  });
const used = async (): Promise<number> => (await engine().uses(CALL)).used;

beforeEach(() => {
  disk = new ObjectDisk('promotion');
  now = 1_000;
});

it('nothing is used before the first claim, and an alarm that rings then changes nothing', async () => {
  await engine().alarm();
  expect(await used()).toBe(0);
});

it('the last use goes to the first who asks; a repeat is the same use', async () => {
  expect(await claim(1, { total: 2 })).toEqual(ok(null));
  expect(await claim(2, { total: 2 })).toEqual(ok(null));
  expect(await claim(1, { total: 2 })).toEqual(ok(null));
  expect(await claim(3, { total: 2 })).toEqual(fail({ reason: 'used_up' }));
  expect(await used()).toBe(2);
});

it('each customer has as many uses as allowed, without using up those of others', async () => {
  expect(await claim(1, { each: 1, by: 7 })).toEqual(ok(null));
  expect(await claim(2, { each: 1, by: 7 })).toEqual(fail({ reason: 'used_up_by_customer' }));
  expect(await claim(3, { each: 1, by: 8 })).toEqual(ok(null));
  expect(await claim(4, { each: 2, by: 7 })).toEqual(ok(null));
  expect(await used()).toBe(3);
});

it('a refusal is remembered, although a use is free again', async () => {
  await claim(1, { total: 1 });
  expect(await claim(2, { total: 1 })).toEqual(fail({ reason: 'used_up' }));
  await giveBack(1);
  expect(await claim(2, { total: 1 })).toEqual(fail({ reason: 'used_up' }));
  expect(await claim(3, { total: 1 })).toEqual(ok(null));
});

it('a use is given back once, and what was given back before it was claimed is never claimed', async () => {
  await claim(1);
  await claim(2);
  await giveBack(1);
  await giveBack(1);
  expect(await used()).toBe(1);
  await giveBack(3);
  expect(await claim(3)).toEqual(fail({ reason: 'used_up' }));
  expect(await used()).toBe(1);
});

it('one order may have several uses, each under its own name', async () => {
  await claim(1);
  await claim(1, { use: SECOND_USE });
  expect(await used()).toBe(2);
  await giveBack(1, SECOND_USE);
  expect(await used()).toBe(1);
});

it('what has ended is forgotten after its time and not before, the rest is kept', async () => {
  await claim(1);
  await claim(2, { total: 1 });
  now += MINUTE_MS;
  await claim(3, { total: 1 });
  now = 1_000 + ENDED_KEPT_MS;
  expect(disk.alarm ?? 0).toBeLessThanOrEqual(now);
  await engine().alarm();
  expect(disk.rows<{ order_id: string }>('uses')?.map((row) => row.order_id)).toEqual([order(1), order(3)]);
  disk.commit(false);
  expect(disk.alarm).toBe(now + MINUTE_MS);
  now += MINUTE_MS;
  await engine().alarm();
  expect(disk.rows<{ order_id: string }>('uses')?.map((row) => row.order_id)).toEqual([order(1)]);
  expect(await used()).toBe(1);
});

it('says whether there is room without taking any, and forgets nothing that it refused before', async () => {
  const room = (limits: { total?: number; each?: number; by?: number | null }) =>
    engine().hasRoom(CALL, {
      promotionId: PROMOTION,
      customerId: limits.by === null ? null : customer(limits.by ?? 9),
      limitTotal: limits.total ?? null,
      limitPerCustomer: limits.each ?? null,
    });
  expect(await room({ total: 1, each: 1 })).toEqual(ok(null));
  expect(disk.rows('uses')).toBeNull();
  await claim(1, { total: 1, by: 7 });
  expect(await room({ total: 1 })).toEqual(fail({ reason: 'used_up' }));
  expect(await room({ total: 2 })).toEqual(ok(null));
  expect(await room({ each: 1, by: 7 })).toEqual(fail({ reason: 'used_up_by_customer' }));
  expect(await room({ each: 1, by: 8 })).toEqual(ok(null));
  // Who has not signed in may have used it or not: the order's claim decides.
  expect(await room({ each: 1, by: null })).toEqual(ok(null));
  expect(await used()).toBe(1);
});
