import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import { add, call as cartCall, cartOf, checkout, customer, problemOf, quote } from './testing/carts.ts';
import { isDeliverable } from '#shared/contracts/catalogue.ts';
import {
  address,
  answer,
  ask,
  EUR,
  fulfil,
  granted,
  mailsOf,
  openShop,
  orderOf,
  pay,
  payments,
  place,
  postOrder,
  read,
  request,
  stocked,
  stockOf,
  until,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

const patch = (
  order: { id: string; version: number; customerId: string },
  body: unknown,
  options: { as?: [string, Role]; tag?: string | null; key?: string } = {},
): Promise<Response> => {
  const tag = options.tag === undefined ? `"${order.version}"` : options.tag;
  return request('PATCH', `/v1/orders/${order.id}`, {
    as: options.as ?? [order.customerId, 'customer'],
    body,
    headers: {
      ...(tag === null ? {} : { 'if-match': tag }),
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
    },
  });
};

/** Three mugs at 5.00 and a licence at 10.00, waiting for payment. */
async function waiting(onHand = 10) {
  const mug = await stocked(onHand, {
    kind: 'physical',
    unitPrice: EUR(500),
    fulfilment: { template: 'parcel', weightGrams: 1 },
  });
  const licence = await variant({ unitPrice: EUR(1000) });
  const lines = [
    { variantId: mug.variantId, quantity: 3 },
    { variantId: licence.variantId, quantity: 1 },
  ];
  const order = await place(newId('user'), { lines, shippingAddress: address });
  return { mug, order: await read(order) };
}
const availableOf = async (sku: string) => (await stockOf(sku))?.available;

describe('an order that waits for its payment', () => {
  it('takes more, less and no more of a line; stock and payment follow', async () => {
    const { mug, order } = await waiting();
    const [line, licence] = order.lines;
    const more = await orderOf(await patch(order, { lines: [{ lineId: line?.id, quantity: 5 }] }));
    expect(more.total).toEqual(EUR(3500));
    expect(more.lines.map(({ quantity }) => quantity)).toEqual([3, 2, 1]);
    expect(await availableOf(mug.sku)).toBe(5);
    expect((await payments.paymentOf(order.id))?.amount).toBe(3500);

    const less = await orderOf(
      await patch(more, {
        lines: [
          { lineId: more.lines[0]?.id, quantity: 1 },
          { lineId: more.lines[1]?.id, quantity: 0 },
        ],
      }),
    );
    expect(less.total).toEqual(EUR(1500));
    await vi.waitFor(async () => expect(await availableOf(mug.sku)).toBe(9), 10_000);
    await vi.waitFor(async () => expect((await payments.paymentOf(order.id))?.amount).toBe(1500), 10_000);
    const out = await orderOf(
      await patch(await read(order), { lines: [{ lineId: licence?.id, quantity: 0 }] }),
    );
    expect(out.lines).toHaveLength(1);

    await pay(await read(order), { authorised: 500, amount: 500 });
    await fulfil(order);
    expect(await payments.paymentOf(order.id)).toMatchObject({ captured: 500, refunded: 0 });
    expect(await stockOf(mug.sku)).toMatchObject({ onHand: 9, held: 0 });
  });

  it('takes a change once for its key, because a repeat would add the same units again', async () => {
    const { mug, order } = await waiting();
    const body = { lines: [{ lineId: order.lines[0]?.id, quantity: 5 }] };
    const anyTime = { tag: '*', key: crypto.randomUUID() };
    const answers = await Promise.all(Array.from({ length: 4 }, () => patch(order, body, anyTime)));
    const orders = await Promise.all(answers.map((response) => orderOf(response)));
    expect(new Set(orders.map(({ version }) => version)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(3);
    expect(await availableOf(mug.sku)).toBe(5);
    const other = await patch(order, { lines: [{ lineId: order.lines[0]?.id, quantity: 4 }] }, anyTime);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ type: '/problems/idempotency-key-reused' });
  });

  it.each(['retriable', 'away'])(
    'stays as it is, and says when to repeat, while the payment service does not answer (%s)',
    async (fault) => {
      const { order } = await waiting();
      await payments.plan(2500, { change: [fault] });
      const more = await patch(order, { lines: [{ lineId: order.lines[0]?.id, quantity: 7 }] });
      expect(more.status).toBe(503);
      expect(more.headers.get('retry-after')).toBe('5');
      expect((await read(order)).total).toEqual(EUR(2500));
    },
  );

  it('takes less even when the shelf is empty', async () => {
    const { mug, order } = await waiting(3);
    const [line] = order.lines;
    const less = await orderOf(await patch(order, { lines: [{ lineId: line?.id, quantity: 2 }] }));
    expect(less.total).toEqual(EUR(2000));
    await vi.waitFor(async () => expect(await availableOf(mug.sku)).toBe(1), 10_000);
    const more = await patch(await read(order), { lines: [{ lineId: less.lines[0]?.id, quantity: 9 }] });
    expect(more.status).toBe(409);
    expect(await more.json()).toMatchObject({
      type: '/problems/out-of-stock',
      errors: [{ pointer: '/lines/0/quantity' }],
    });
    expect((await read(order)).total).toEqual(EUR(2000));
  });

  it('is captured for what it costs when it was paid before it asked for less', async () => {
    const { order } = await waiting();
    const [line] = order.lines;
    await orderOf(await patch(order, { lines: [{ lineId: line?.id, quantity: 1 }] }));
    await pay(await read(order), { authorised: 2500, amount: 2500 });
    await fulfil(order);
    expect(await payments.paymentOf(order.id)).toMatchObject({ captured: 1500, state: 'captured' });
  });

  it('changes its address and says who changed what', async () => {
    const { order } = await waiting();
    const moved = { ...address, line1: 'Lane 2' };
    const operator: [string, Role] = [newId('user'), 'operator'];
    const body = { shippingAddress: moved, reason: 'Called' };
    const after = await orderOf(await patch(order, body, { as: operator }));
    expect(after.shippingAddress).toEqual(moved);
    const versions = await request('GET', `/v1/orders/${order.id}/versions?limit=50`, { as: operator });
    const { items } = await versions.json<{ items: { what: string; why: string; by: unknown }[] }>();
    expect(items.find(({ what }) => what === 'order.edited')).toMatchObject({
      why: 'Called',
      by: { kind: 'operator', id: operator[0] },
    });
  });

  it.each<[string, (order: Order) => Promise<Response>, number]>([
    ['without If-Match', (order) => patch(order, { shippingAddress: address }, { tag: null }), 428],
    ['of another version', (order) => patch({ ...order, version: 1 }, { shippingAddress: address }), 412],
    [
      'of somebody else',
      (order) => patch(order, { shippingAddress: address }, { as: [newId('user'), 'customer'] }),
      404,
    ],
    ['of nothing', (order) => patch(order, {}), 422],
    [
      'of a line it has not',
      (order) => patch(order, { lines: [{ lineId: newId('line'), quantity: 1 }] }),
      422,
    ],
    [
      'that leaves nothing',
      (order) => patch(order, { lines: order.lines.map(({ id }) => ({ lineId: id, quantity: 0 })) }),
      409,
    ],
  ])('refuses a change %s', async (_case, change, status) => {
    const { order } = await waiting();
    expect((await change(order)).status).toBe(status);
  });
});

describe('later', () => {
  it('a paid order is not changed any more', async () => {
    const { order } = await waiting();
    await pay(order);
    const paid = await until(order, 'provisioning');
    expect((await patch(paid, { shippingAddress: address })).status).toBe(409);
  });

  it('a line of an order delivered as ready is cancelled alone while it is not made', async () => {
    const [one, two] = [await variant({ unitPrice: EUR(700) }), await variant({ unitPrice: EUR(300) })];
    const order = await place(newId('user'), {
      delivery: 'as_ready',
      lines: [one, two].map(({ variantId }) => ({ variantId, quantity: 1 })),
    });
    await pay(order, { multicapture: true, capturable: 1000 });
    const making = await until(order, 'provisioning');
    const [first, second] = making.lines.map(({ id }) => id);
    const cancel = (lineIds: unknown[]) =>
      request('POST', `/v1/orders/${order.id}/cancel-lines`, {
        as: [order.customerId, 'customer'],
        body: { lineIds, reason: 'Not needed' },
        headers: { 'idempotency-key': crypto.randomUUID() },
      });
    await orderOf(await cancel([second]));
    await answer(order, 'line.deprovisioned', { lineId: second ?? '' });
    await answer(order, 'line.provisioned', { lineId: first ?? '' });
    await vi.waitFor(async () => {
      await answer(order, 'line.activated', { lineId: first ?? '' });
      expect((await read(order)).state).toBe('completed');
    }, 10_000);
    expect(await read(order)).toMatchObject({
      fulfilment: 'partial',
      lines: [{ state: 'delivered' }, { state: 'undone' }],
      reason: { code: 'lines_cancelled' },
    });
    expect(await payments.paymentOf(order.id)).toMatchObject({ captured: 700 });
    expect((await cancel([first])).status).toBe(409);
  });
});

describe('a bundle', () => {
  /** Two boxes of 3.00 and a licence of 7.00, together for 10.01. */
  async function kit(onHand: number) {
    const box = await stocked(onHand, {
      kind: 'physical',
      unitPrice: EUR(300),
      fulfilment: { template: 'parcel', weightGrams: 1 },
    });
    const licence = await variant({ unitPrice: EUR(700) });
    const components = [box, licence].flatMap((part, index) =>
      isDeliverable(part) ? [{ variant: part, quantity: index === 0 ? 2 : 1 }] : [],
    );
    const fulfilment = {
      template: 'bundle' as const,
      components: components.map(({ variant: { sku }, quantity }) => ({ sku, quantity })),
    };
    const bundle = await variant({
      kind: 'bundle',
      title: 'Kit',
      unitPrice: EUR(1001),
      fulfilment,
      components,
    });
    return { box, licence, bundle };
  }

  it('is one position with its parts from the cart to the refund, and stays whole when it is changed', async () => {
    const { box, bundle } = await kit(10);
    const visitor = await customer();
    await cartCall(visitor, 'PATCH', '', { shippingAddress: address });
    await add(visitor, { variantId: bundle.variantId, quantity: 3 });
    const cart = await cartOf(cartCall(visitor, 'GET', ''));
    expect(cart.lines[0]?.parts.map(({ quantity, price }) => [quantity, price?.total.amount])).toEqual([
      [6, 1386],
      [3, 1617],
    ]);
    const { id: quoteId } = await quote(visitor);
    const placed = await orderOf(await checkout(visitor, { quoteId }), 201);
    const [whole] = placed.bundles;
    const parts = placed.lines.map(({ quantity, total, bundleId }) => [quantity, total.amount, bundleId]);
    expect(parts).toEqual([
      [6, 1386, whole?.id],
      [3, 1617, whole?.id],
    ]);
    expect(whole).toMatchObject({ title: 'Kit', quantity: 3, total: EUR(3003) });
    expect(await availableOf(box.sku)).toBe(4);

    const [box6] = placed.lines;
    const alone = await patch(placed, { lines: [{ lineId: box6?.id, quantity: 1 }] });
    expect([alone.status, (await problemOf(alone)).errors?.[0]?.detail]).toEqual([
      422,
      'is a part of a bundle: name the bundle, which stays whole',
    ]);
    const more = await orderOf(await patch(placed, { lines: [{ lineId: whole?.id, quantity: 4 }] }));
    expect(more.bundles.map(({ quantity }) => quantity)).toEqual([3, 1]);
    expect([more.total, await availableOf(box.sku)]).toEqual([EUR(4004), 2]);
    const short = await patch(more, { lines: [{ lineId: whole?.id, quantity: 6 }] });
    const detail = 'only 4 available';
    expect((await problemOf(short)).errors).toEqual([{ in: 'body', pointer: '/lines/0/quantity', detail }]);
    const lines = [{ variantId: bundle.variantId, quantity: 2 }];
    const second = await postOrder(newId('user'), { lines, shippingAddress: address });
    expect(await second.json(), 'in whole bundles').toMatchObject({ available: 1 });
    const less = await orderOf(
      await patch(await read(more), {
        lines: [
          { lineId: whole?.id, quantity: 2 },
          { lineId: more.bundles[1]?.id, quantity: 0 },
        ],
      }),
    );
    expect(less.lines.map(({ id, quantity }) => [id, quantity])).toEqual(
      placed.lines.map(({ id }, index) => [id, index === 0 ? 4 : 2]),
    );
    await vi.waitFor(async () => expect(await availableOf(box.sku)).toBe(6), 10_000);

    await vi.waitFor(async () => expect((await payments.paymentOf(less.id))?.amount).toBe(2002), 10_000);
    await pay(less);
    const bought = await fulfil(less);
    expect(bought.lines.map(({ sku, total }) => [sku === box.sku, total.amount])).toEqual([
      [true, 924],
      [false, 1078],
    ]);
    expect(mailsOf(less.id).at(-1)?.text).toContain('4 × Kit: Editor');
    const back = [{ lineId: bought.lines[0]?.id, quantity: 1 }];
    const refunded = await granted(bought, '/refunds', { lines: back, reason: 'One box is broken' });
    expect(refunded.refunds.at(-1)?.amount).toEqual(EUR(231));
    const set = [{ lineId: whole?.id, quantity: 2, restock: true }];
    const beyond = await ask(bought, '/refunds', { lines: set, reason: 'Both sets' });
    expect([beyond.status, (await problemOf(beyond)).errors?.[0]?.pointer]).toEqual([
      422,
      '/lines/0/quantity',
    ]);
    const one = await granted(bought, '/refunds', {
      lines: [{ ...set[0], quantity: 1 }],
      reason: 'One set',
    });
    expect(one.refunds.at(-1)?.amount).toEqual(EUR(1001));
    await vi.waitFor(async () => expect(await availableOf(box.sku)).toBe(8), 10_000);
    const rest = await granted(bought, '/refunds', { everything: true, reason: 'All of it' });
    expect(rest.refunds.at(-1)?.amount).toEqual(EUR(770));
  });

  it('is cancelled whole while its order is delivered part by part', async () => {
    const { box, bundle } = await kit(10);
    const other = await variant({ unitPrice: EUR(500) });
    const order = await place(newId('user'), {
      delivery: 'as_ready',
      shippingAddress: address,
      lines: [
        { variantId: bundle.variantId, quantity: 1 },
        { variantId: other.variantId, quantity: 1 },
      ],
    });
    await pay(order);
    const running = await until(order, 'provisioning');
    const [part] = running.lines;
    const me: [string, Role] = [order.customerId, 'customer'];
    const alone = await ask(order, '/cancel-lines', { lineIds: [part?.id] }, me);
    expect(alone.status).toBe(422);
    const cancelled = await granted(order, '/cancel-lines', { lineIds: [running.bundles[0]?.id] }, me);
    expect(cancelled.lines.map(({ state }) => state)).toEqual(['undoing', 'undoing', 'provisioning']);
    const undone = cancelled.lines.slice(0, 2);
    for (const { id } of undone) await answer(order, 'line.deprovisioned', { lineId: id });
    const last = cancelled.lines[2]?.id ?? '';
    await answer(order, 'line.provisioned', { lineId: last });
    await answer(order, 'line.activated', { lineId: last });
    const done = await until(order, 'completed');
    expect([done.fulfilment, done.payment?.captured]).toEqual(['partial', EUR(500)]);
    await vi.waitFor(async () => expect(await availableOf(box.sku)).toBe(10), 10_000);
  });
});
