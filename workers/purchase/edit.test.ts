import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import {
  address,
  answer,
  EUR,
  fulfil,
  openShop,
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
