import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Order, orderSchema } from '#shared/contracts/http/orders.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import {
  address as shippingAddress,
  answer,
  ask,
  bindings,
  EUR,
  fulfil,
  granted,
  mailsOf,
  namespaces,
  openShop,
  OPERATOR,
  pay,
  place,
  read,
  request,
  stocked,
  stockOf,
  until,
} from './testing/shop.ts';
import { fingerprintOf } from './usecases/fingerprint.ts';

beforeAll(openShop);

const parcel = (onHand: number, amount: number, values: Parameters<typeof stocked>[1] = {}) =>
  stocked(onHand, {
    kind: 'physical',
    unitPrice: EUR(amount),
    fulfilment: { template: 'parcel', weightGrams: 1, returnDays: 14 },
    ...values,
  });

async function complete(order: Order): Promise<Order> {
  if (order.total.amount > 0) await pay(order);
  return fulfil(order);
}
const bought = async (variantId: string, locale = 'en'): Promise<Order> =>
  complete(await place(newId('user'), { lines: [{ variantId, quantity: 1 }], shippingAddress, locale }));

/** A mug of 10.00 that came back to the shelf and is exchanged. */
async function exchanged(order: Order, variantId: string): Promise<{ returnId: string; replacement: Order }> {
  const lineId = order.lines[0]?.id;
  const lines = [{ lineId, quantity: 1, reason: 'x' }];
  const returnId = (await granted(order, '/returns', { lines, wish: 'exchange' })).returns[0]?.id ?? '';
  await granted(order, `/returns/${returnId}/approve`, {});
  await granted(order, `/returns/${returnId}/receive`, { restock: [{ lineId, quantity: 1 }] });
  const body = { lines: [{ variantId, quantity: 1 }] };
  const id = (await granted(order, `/returns/${returnId}/exchange`, body)).returns[0]?.exchangeOrderId ?? '';
  const replacement = { id, customerId: order.customerId };
  await vi.waitFor(async () => expect((await read(order)).returns[0]?.state).toBe('exchanged'), 10_000);
  return { returnId, replacement: await read(replacement) };
}
const refundedAt = (order: Order, amount: number) =>
  vi.waitFor(async () => expect((await read(order)).payment?.refunded.amount).toBe(amount), 10_000);
const availableAt = (sku: string, available: number) =>
  vi.waitFor(async () => expect((await stockOf(sku))?.available).toBe(available), 10_000);

describe('a replacement', () => {
  it('that is never paid leaves the return to be refunded', async () => {
    const order = await bought((await parcel(5, 1000)).variantId);
    const { returnId, replacement } = await exchanged(order, (await parcel(5, 1500)).variantId);
    expect((await until(replacement, 'awaiting_payment')).total).toEqual(EUR(500));
    const as: [string, Role] = [order.customerId, 'customer'];
    await request('POST', `/v1/orders/${replacement.id}/cancel`, { as, body: {} });
    await vi.waitFor(async () => expect((await read(order)).returns[0]?.state).toBe('received'), 10_000);
    const offered = async (role: Role) => {
      const told = await request('GET', `/v1/orders/${order.id}`, { as: [newId('user'), role] });
      return orderSchema.parse(await told.json()).returns[0]?.nextActions;
    };
    expect([await offered('operator'), await offered('support')]).toEqual([['refund', 'exchange'], []]);
    await granted(order, `/returns/${returnId}/refund`, {});
    await refundedAt(order, 1000);
  });

  it('is mailed of in the language of the first order', async () => {
    const order = await bought((await parcel(5, 1000)).variantId, 'de-DE');
    const { replacement } = await exchanged(order, (await parcel(5, 1500)).variantId);
    await vi.waitFor(() => expect(mailsOf(replacement.id)[0]?.subject).toContain('Bestellung'), 10_000);
  });

  it('of the same price that comes back itself is paid back where the money is: at the first order', async () => {
    const order = await bought((await parcel(5, 1000)).variantId);
    const { returnId, replacement } = await exchanged(order, (await parcel(5, 1000)).variantId);
    const sent = await complete(await until(replacement, 'provisioning'));
    const lines = [{ lineId: sent.lines[0]?.id, quantity: 1, reason: 'x' }];
    const back = (await granted(sent, '/returns', { lines })).returns[0]?.id ?? '';
    await granted(sent, `/returns/${back}/approve`, {});
    expect((await granted(sent, `/returns/${back}/refund`, {})).returns[0]).toMatchObject({
      state: 'refunded',
      refundId: null,
    });
    await vi.waitFor(async () => expect((await read(order)).returns[0]?.state).toBe('received'), 10_000);
    await granted(order, `/returns/${returnId}/refund`, {});
    await refundedAt(order, 1000);
  });

  it('keeps its money and its goods when the team cancels the first order, whose units went back once', async () => {
    const mug = await parcel(5, 1000);
    const order = await bought(mug.variantId);
    const { replacement } = await exchanged(order, (await parcel(5, 1000)).variantId);
    await complete(await until(replacement, 'provisioning'));
    await availableAt(mug.sku, 5);
    await request('POST', `/v1/orders/${order.id}/cancel`, { as: OPERATOR, body: {} });
    await vi.waitFor(async () => {
      await answer(order, 'line.deprovisioned');
      expect((await read(order)).state).toBe('refunded');
    }, 10_000);
    expect((await read(order)).payment?.refunded.amount).toBe(0);
    expect((await stockOf(mug.sku))?.available).toBe(5);
  });
});

describe('units of a SKU with several locations', () => {
  const main = { code: 'main', priority: 1 };
  const shop = { code: 'shop', priority: 0 };
  const headers = { 'if-match': '*' };
  const opened = (sku: string, locations: { code: string; priority: number }[]) =>
    request('PATCH', `/v1/stock/${sku}`, { as: OPERATOR, body: { locations }, headers });

  it.each([undefined, 'shop'])('go back on the shelf, to %s', async (location) => {
    const mug = await parcel(5, 1000);
    const order = await bought(mug.variantId);
    await opened(mug.sku, [main, shop]);
    const back = { lineId: order.lines[0]?.id, quantity: 1, restock: true, location };
    await granted(order, '/refunds', { lines: [back], reason: 'back' });
    await availableAt(mug.sku, 5);
    const level = await stockOf(mug.sku);
    const at = (code: string) => level?.locations.find((one) => one.code === code)?.onHand;
    expect([at('main'), at('shop')]).toEqual(location === 'shop' ? [4, 1] : [5, 0]);
    expect((await read(order)).state).toBe('completed');
  });

  it('are refused for a location they do not have before anything is granted, because a mistyped one went unnoticed', async () => {
    const mug = await parcel(5, 1000);
    const order = await bought(mug.variantId);
    await opened(mug.sku, [main, shop]);
    const lineId = order.lines[0]?.id;
    const mistyped = { lineId, quantity: 1, location: 'shpo' };
    const detail = 'is not a location of this SKU';
    const refund = { lines: [{ ...mistyped, restock: true }], reason: 'back' };
    const refused = await ask(order, '/refunds', refund);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/lines/0/location', detail }] });
    const lines = [{ lineId, quantity: 1, reason: 'x' }];
    const returned = `/returns/${(await granted(order, '/returns', { lines })).returns[0]?.id ?? ''}`;
    await granted(order, `${returned}/approve`, {});
    const received = await ask(order, `${returned}/receive`, { restock: [mistyped] });
    expect(await received.json()).toMatchObject({ errors: [{ pointer: '/restock/0/location', detail }] });
    expect(await read(order)).toMatchObject({ refunds: [], returns: [{ state: 'approved' }] });
  });

  it('go on the shelf all the same when their location is closed meanwhile, and a repeat is answered as before', async () => {
    const mug = await parcel(5, 1000);
    const order = await bought(mug.variantId);
    await opened(mug.sku, [main, shop]);
    const key = crypto.randomUUID();
    const lineId = order.lines[0]?.id ?? '';
    const by = { kind: 'operator' as const, id: OPERATOR[0] };
    const lines = [{ lineId, quantity: 1 }];
    const wish = {
      type: 'refund.requested' as const,
      wish: { of: 'lines' as const, lines, shipping: false },
      revoke: [],
      restock: [{ lineId, quantity: 1, location: 'closed' }],
      why: 'back',
    };
    const fingerprint = fingerprintOf({ orderId: order.id, wish });
    const asked = { by, key, fingerprint, wish };
    await bindings.ORDER.getByName(order.id).afterSale({ requestId: 'test' }, asked);
    await availableAt(mug.sku, 5);
    const body = { lines: [{ ...wish.restock[0], restock: true }], reason: 'back' };
    const again = await ask(order, '/refunds', body, OPERATOR, key);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  });

  it('go back to where a shard took them from', async () => {
    const mug = await parcel(8, 1000, { stockShards: 2 });
    const body = { locations: [main, shop], shards: 2 };
    await request('PATCH', `/v1/stock/${mug.sku}`, { as: OPERATOR, body, headers });
    const order = await bought(mug.variantId);
    const back = { lineId: order.lines[0]?.id, quantity: 1, restock: true };
    await granted(order, '/refunds', { lines: [back], reason: 'back' });
    await vi.waitFor(async () => {
      const level = await stockOf(mug.sku);
      expect(level?.locations.map(({ code, onHand }) => [code, onHand])).toEqual([
        ['shop', 0],
        ['main', 8],
      ]);
    }, 10_000);
  });

  it('are on the shelf once, however late the stock is asked again', async () => {
    const mug = await parcel(5, 1000);
    const order = await bought(mug.variantId);
    const lineId = order.lines[0]?.id ?? '';
    const stub = namespaces['STOCK']?.getByName(mug.sku);
    const input = {
      sku: mug.sku,
      quantity: 1,
      key: `rfd:${lineId}`,
      takenBy: { orderId: order.id, lineId },
    };
    const restock = () => bindings.STOCK.getByName(mug.sku).restock({ requestId: 'r' }, input);
    expect(await restock()).toMatchObject({ ok: true, value: { replayed: false } });
    if (stub === undefined) throw new Error('no stock');
    // As after a week, when answers to commands are forgotten.
    await runInDurableObject(stub, (_, { storage }) => void storage.sql.exec('DELETE FROM commands'));
    expect(await restock()).toMatchObject({ ok: true, value: { replayed: true } });
    expect((await stockOf(mug.sku))?.available).toBe(5);
  });
});
