import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Order } from '#shared/contracts/http/orders.ts';
import { newId } from '#shared/ids/ids.ts';
import {
  address,
  bindings,
  EUR,
  fulfil,
  granted,
  namespaces,
  openShop,
  OPERATOR,
  orderOf,
  pay,
  payments,
  place,
  read,
  request,
  stocked,
  stockOf,
  until,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

const call = { requestId: 'request-of-the-test' };
const parcel = {
  kind: 'physical' as const,
  fulfilment: { template: 'parcel' as const, weightGrams: 1, returnDays: 14 },
};

const patch = (order: Order, body: unknown): Promise<Response> =>
  request('PATCH', `/v1/orders/${order.id}`, {
    as: [order.customerId, 'customer'],
    body,
    headers: { 'if-match': '*' },
  });
const quantityOf = (order: Order, quantity: number, index = 0) =>
  patch(order, { lines: [{ lineId: order.lines[index]?.id, quantity }] });

/** Less with each promotion, so that none counts for the articles of another. */
let unit = 160_000_000;

/** Half off from two of an article on, for `limitTotal` orders. */
async function halfOff(limitTotal: number) {
  unit /= 4;
  const price = unit;
  const made = await request('POST', '/v1/promotions', {
    as: OPERATOR,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: {
      title: 'Two for one',
      automatic: true,
      effect: { type: 'percent', ratePpm: 500_000 },
      limitTotal,
      limitPerCustomer: 1,
      conditions: { subtotalMin: { EUR: 2 * price } },
    },
  });
  if (made.status !== 201) throw new Error(await made.text());
  const { id } = await made.json<{ id: string }>();
  const article = await variant({ unitPrice: EUR(price) });
  const uses = async () => (await bindings.PROMOTION.getByName(id).uses(call)).used;
  const order = (quantity: number) =>
    place(newId('user'), { lines: [{ variantId: article.variantId, quantity }] });
  return { id, unit: price, uses, order };
}

describe('a limited promotion', () => {
  it('is claimed anew by an edit that brings it back, so that its cap holds', async () => {
    const { unit: price, uses, order } = await halfOff(1);
    const first = await order(2);
    expect(first.total).toEqual(EUR(price));
    expect((await orderOf(await quantityOf(first, 1))).total).toEqual(EUR(price));
    await vi.waitFor(async () => expect(await uses()).toBe(0), 10_000);
    expect((await orderOf(await quantityOf(first, 2))).total).toEqual(EUR(price));
    expect(await uses()).toBe(1);
    await orderOf(await quantityOf(first, 1));
    expect((await orderOf(await quantityOf(first, 2))).total).toEqual(EUR(price));
    expect(await uses()).toBe(1);
    await pay(await read(first));
    await until(first, 'provisioning');
    await vi.waitFor(async () => expect(await uses()).toBe(1), 10_000);
    const second = await order(1);
    // Without a use left it is passed over, as in an order placed now.
    const without = await orderOf(await quantityOf(second, 2));
    expect(without).toMatchObject({ total: EUR(2 * price), price: { notCounted: [{ code: null }] } });
    expect(await uses()).toBe(1);
  }, 60_000);

  it('gets its use back from an edit that is refused', async () => {
    const { unit: price, uses, order } = await halfOff(1);
    const placed = await order(1);
    const paymentId = placed.payment?.paymentId ?? '';
    await payments.change(paymentId, { state: 'authorised', authorised: price, capturable: price });
    expect((await quantityOf(placed, 3)).status).toBe(409);
    await vi.waitFor(async () => expect(await uses()).toBe(0), 10_000);
  }, 30_000);
});

describe('an edit that is refused', () => {
  it('gives away nothing of what the order holds', async () => {
    const mug = await stocked(3, { ...parcel, unitPrice: EUR(500) });
    const cup = await stocked(1, { ...parcel, unitPrice: EUR(700) });
    const lines = [mug, cup].map(({ variantId }, index) => ({ variantId, quantity: index === 0 ? 3 : 1 }));
    const order = await place(newId('user'), { lines, shippingAddress: address });
    const change = [2, 5].map((quantity, index) => ({ lineId: order.lines[index]?.id, quantity }));
    expect((await patch(order, { lines: change })).status).toBe(409);
    expect((await stockOf(mug.sku))?.available).toBe(0);
    expect(await read(order)).toMatchObject({ total: order.total, version: order.version });
    await pay(await read(order));
    await until(order, 'provisioning');
    expect(await stockOf(mug.sku)).toMatchObject({ onHand: 0, held: 0 });
  }, 30_000);

  it('gives back what was held for it, and what a late request of it asks for stays refused', async () => {
    const mug = await stocked(5, { ...parcel, unitPrice: EUR(500) });
    const cup = await stocked(1, { ...parcel, unitPrice: EUR(700) });
    const lines = [mug, cup].map(({ variantId }) => ({ variantId, quantity: 1 }));
    const order = await place(newId('user'), { lines, shippingAddress: address });
    const change = [4, 2].map((quantity, index) => ({ lineId: order.lines[index]?.id, quantity }));
    expect((await patch(order, { lines: change })).status).toBe(409);
    await vi.waitFor(async () => expect((await stockOf(mug.sku))?.available).toBe(4), 10_000);
  }, 30_000);

  it('is one of an order that replaces returned goods', async () => {
    const mug = await stocked(5, { ...parcel, unitPrice: EUR(1000) });
    const big = await stocked(5, { ...parcel, unitPrice: EUR(1500) });
    const lines = [{ variantId: mug.variantId, quantity: 1 }];
    const order = await place(newId('user'), { lines, shippingAddress: address });
    await pay(order);
    await fulfil(order);
    const back = [{ lineId: order.lines[0]?.id, quantity: 1, reason: 'Too small' }];
    const id = (await granted(order, '/returns', { lines: back, wish: 'exchange' })).returns[0]?.id;
    await granted(order, `/returns/${id}/approve`, {});
    await granted(order, `/returns/${id}/receive`, { restock: [] });
    const sent = await granted(order, `/returns/${id}/exchange`, {
      lines: [{ variantId: big.variantId, quantity: 1 }],
    });
    const replacement = { id: sent.returns[0]?.exchangeOrderId ?? '', customerId: order.customerId };
    const waiting = await until(replacement, 'awaiting_payment');
    expect((await patch(waiting, { shippingAddress: { ...address, line1: 'Way 2' } })).status).toBe(409);
    expect((await read(replacement)).total).toEqual(EUR(500));
  }, 60_000);
});

describe('an edit that died', () => {
  it('leaves the order whole: units, uses and the amount to pay go back', async () => {
    const { id: promotionId, uses } = await halfOff(5);
    const mug = await stocked(5, { ...parcel, unitPrice: EUR(500) });
    const order = await place(newId('user'), {
      lines: [{ variantId: mug.variantId, quantity: 1 }],
      shippingAddress: address,
    });
    const [editId, lineId, orderId] = [newId('operation'), newId('line'), order.id];
    const [stock, promotion] = [bindings.STOCK.getByName(mug.sku), bindings.PROMOTION.getByName(promotionId)];
    const wanted = {
      sku: mug.sku,
      orderId,
      lines: [{ lineId, quantity: 3 }],
      expiresAt: Date.now() + 600_000,
    };
    const use = { promotionId, orderId, customerId: order.customerId, use: editId };
    await stock.hold(call, wanted);
    await promotion.claim(call, { ...use, limitTotal: 5, limitPerCustomer: null });
    await payments.change(order.payment?.paymentId ?? '', { amount: 2000 });
    expect((await stockOf(mug.sku))?.available).toBe(1);
    const stub = namespaces.ORDER.getByName(orderId);
    await runInDurableObject(stub, (_, state) => {
      const added = [{ sku: mug.sku, object: mug.sku, lineIds: [lineId] }];
      const step = { step: 'edit.undo', editId, added, promotionIds: [promotionId], raised: true };
      state.storage.sql.exec(
        'INSERT INTO _outbox (key, lane, payload, next_at) VALUES (?1, ?1, ?2, 1)',
        `edit.undo:${editId}`,
        JSON.stringify({ step, requestId: 'the-edit' }),
      );
      state.storage.sql.exec("INSERT OR REPLACE INTO _alarms (name, at) VALUES ('outbox', 1)");
      return state.storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(stub);
    await vi.waitFor(async () => {
      expect((await stockOf(mug.sku))?.available).toBe(4);
      expect(await uses()).toBe(0);
      expect((await payments.paymentOf(orderId))?.amount).toBe(order.total.amount);
    }, 10_000);
    expect(await stock.hold(call, wanted)).toMatchObject({ ok: false });
    expect(await promotion.claim(call, { ...use, limitTotal: 5, limitPerCustomer: null })).toMatchObject({
      ok: false,
    });
    await pay(await read(order));
    await until(order, 'provisioning');
  }, 30_000);
});

describe('the lines of an order', () => {
  it('stay the same when nothing is held for them, and never become more than an order may have', async () => {
    const editor = await variant({ unitPrice: EUR(10), quantityMax: 10_000 });
    const mug = await stocked(500, { ...parcel, unitPrice: EUR(10), quantityMax: 1_000 });
    const order = await place(newId('user'), {
      lines: [editor, ...Array.from({ length: 48 }, () => mug)].map(({ variantId }) => ({
        variantId,
        quantity: 1,
      })),
      shippingAddress: address,
    });
    const grown = await orderOf(await quantityOf(order, 7));
    expect(grown.lines).toHaveLength(49);
    expect(grown.lines[0]).toMatchObject({ id: order.lines[0]?.id, quantity: 7 });
    expect((await orderOf(await quantityOf(grown, 2, 1))).lines).toHaveLength(50);
    expect((await quantityOf(grown, 2, 2)).status).toBe(409);
    expect((await read(order)).lines).toHaveLength(50);
    expect((await stockOf(mug.sku))?.available).toBe(451);
  }, 60_000);

  it('keep their ids with fewer units; what was held for more is free again', async () => {
    const mug = await stocked(5, { ...parcel, unitPrice: EUR(500) });
    const lines = [{ variantId: mug.variantId, quantity: 5 }];
    const order = await place(newId('user'), { lines, shippingAddress: address });
    const less = await orderOf(await quantityOf(order, 2));
    expect(less.lines).toMatchObject([{ id: order.lines[0]?.id, quantity: 2 }]);
    await vi.waitFor(async () => expect((await stockOf(mug.sku))?.available).toBe(3), 10_000);
    const both = await Promise.all([quantityOf(order, 4), quantityOf(order, 5)]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const present = await read(order);
    const units = present.lines.reduce((sum, { quantity }) => sum + quantity, 0);
    await vi.waitFor(async () => expect((await stockOf(mug.sku))?.available).toBe(5 - units), 10_000);
  }, 30_000);
});
