import { beforeAll, describe, expect, it, vi } from 'vitest';
import { orderVersionsSchema } from '#shared/contracts/http/after-sale.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import {
  address,
  announce,
  answer,
  ask,
  EUR,
  fulfil,
  granted,
  mailsOf,
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
  timelineOf,
  until,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

/** A completed order of a licence (2 units, 10.01 each) and a parcel (3 units, 3.34 together). */
async function completed(): Promise<Order> {
  const licence = await variant({ unitPrice: EUR(1001) });
  const parcel = await stocked(10, {
    kind: 'physical',
    title: 'Mug',
    unitPrice: EUR(333),
    fulfilment: { template: 'parcel', weightGrams: 100, returnDays: 14 },
  });
  const order = await place(newId('user'), {
    lines: [
      { variantId: licence.variantId, quantity: 2 },
      { variantId: parcel.variantId, quantity: 3 },
    ],
    shippingAddress: address,
  });
  await pay(order);
  return fulfil(order);
}

const lineIds = (order: Order): [string, string] => [order.lines[0]?.id ?? '', order.lines[1]?.id ?? ''];
const refundedAt = async (order: Order, amount: number): Promise<Order> =>
  vi.waitFor(async () => {
    const present = await read(order);
    expect(present.payment?.refunded.amount).toBe(amount);
    return present;
  }, 10_000);
const problemOf = async (response: Response) => {
  const { errors } = await response.json<{ errors?: { pointer: string }[] }>();
  return { status: response.status, pointers: errors?.map(({ pointer }) => pointer) };
};

describe('a refund after delivery', () => {
  it('gives back units at their price, then what is left, and tells the customer', async () => {
    const order = await completed();
    const [licence, parcel] = lineIds(order);
    const first = await granted(order, '/refunds', {
      lines: [
        { lineId: licence, quantity: 1 },
        { lineId: parcel, quantity: 1 },
      ],
      reason: 'Not needed',
    });
    expect(first.refunds).toMatchObject([
      {
        amount: EUR(1334),
        cause: 'granted',
        parts: [
          { lineId: licence, quantity: 1, amount: EUR(1001) },
          { lineId: parcel, quantity: 1, amount: EUR(333) },
        ],
      },
    ]);
    const after = await refundedAt(order, 1334);
    expect(after).toMatchObject({ state: 'completed', paymentStatus: 'partially_refunded' });
    await granted(order, '/refunds', { everything: true, reason: 'Goodwill' });
    const all = await refundedAt(order, order.total.amount);
    expect(all).toMatchObject({ state: 'completed', paymentStatus: 'refunded' });
    expect(all.lines.map(({ refunded }) => refunded.quantity)).toEqual([2, 3]);
    expect((await timelineOf(order)).map(({ type }) => type)).toContain('refund.granted');
    await vi.waitFor(() =>
      expect(mailsOf(order.id).some(({ subject }) => /refund/i.test(subject))).toBe(true),
    );
    expect(await problemOf(await ask(order, '/refunds', { everything: true, reason: 'More' }))).toMatchObject(
      {
        status: 422,
      },
    );
  });

  it('is made once for its key, answers the same again and refuses the key for anything else', async () => {
    const order = await completed();
    const key = crypto.randomUUID();
    const body = { amount: 500, reason: 'Late' };
    const [one, two] = await Promise.all([1, 2].map(() => ask(order, '/refunds', body, OPERATOR, key)));
    if (one === undefined || two === undefined) throw new Error('no answer');
    const replayed = [one, two].map((response) => response.headers.get('idempotent-replayed'));
    expect(new Set(replayed)).toEqual(new Set(['true', null]));
    expect(await orderOf(two)).toEqual(await orderOf(one));
    await refundedAt(order, 500);
    const other = await ask(order, '/refunds', { ...body, amount: 501 }, OPERATOR, key);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ type: '/problems/idempotency-key-reused' });
  });

  it('takes back what was made only with all of its units', async () => {
    const order = await completed();
    const [licence, parcel] = lineIds(order);
    const refund = (lines: object[]) => ask(order, '/refunds', { lines, reason: 'Broken' });
    expect(await problemOf(await refund([{ lineId: licence, quantity: 1, instances: 'revoke' }]))).toEqual({
      status: 422,
      pointers: ['/lines/0/instances'],
    });
    expect(await problemOf(await refund([{ lineId: parcel, quantity: 4 }]))).toEqual({
      status: 422,
      pointers: ['/lines/0/quantity'],
    });
    const revoked = await orderOf(await refund([{ lineId: licence, quantity: 2, instances: 'revoke' }]));
    expect(revoked.lines[0]).toMatchObject({ revoked: true, state: 'delivered' });
    await answer(order, 'line.deprovisioned', { lineId: licence });
    expect((await timelineOf(order)).map(({ type }) => type)).toContain('line.revoked');
    expect((await refundedAt(order, 2002)).state).toBe('completed');
  });

  it('that comes back from the bank brings the order to the team, and a retry makes it anew', async () => {
    const order = await completed();
    await granted(order, '/refunds', { amount: 700, reason: 'Late' });
    await refundedAt(order, 700);
    const payment = await payments.paymentOf(order.id);
    if (payment === null) throw new Error('no payment');
    const refunds = payment.refunds.map((refund) => ({ ...refund, state: 'failed' as const }));
    await payments.change(payment.paymentId, { refunded: 0, refunds });
    await announce(order, payment.paymentId);
    const stopped = await until(order, 'needs_operator');
    expect(stopped.reason?.code).toBe('refund_failed');
    const retried = await request('POST', `/v1/orders/${order.id}/retry`, { as: OPERATOR });
    expect(retried.status).toBe(200);
    const after = await refundedAt(await until(order, 'completed'), 700);
    expect(after.refunds.map(({ state }) => state)).toEqual(['failed', 'made']);
  });

  it('is refused before delivery, to customers, and to whoever names no order', async () => {
    const licence = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: licence.variantId, quantity: 1 }] });
    const body = { everything: true, reason: 'No' };
    expect((await ask(order, '/refunds', body)).status).toBe(409);
    expect((await ask(order, '/refunds', body, [order.customerId, 'customer'])).status).toBe(403);
    expect((await ask({ ...order, id: newId('order') }, '/refunds', body)).status).toBe(404);
    expect((await ask(order, '/refunds', { reason: 'No' })).status).toBe(422);
    const misplaced = await ask(order, '/refunds', { amount: 1, instances: 'revoke', reason: 'No' });
    expect(await problemOf(misplaced)).toEqual({ status: 422, pointers: ['/instances'] });
  });
});

describe('a return', () => {
  it('is asked for, approved, received on the shelf and refunded, less what was worn', async () => {
    const order = await completed();
    const [, parcel] = lineIds(order);
    const sku = order.lines[1]?.sku ?? '';
    const customer: [string, Role] = [order.customerId, 'customer'];
    expect(order.nextActions).toContain('return');
    const lines = [{ lineId: parcel, quantity: 3, reason: 'Chipped' }];
    const asked = await granted(order, '/returns', { lines }, customer);
    const returnId = asked.returns[0]?.id ?? '';
    expect(asked.lines[1]?.returnable).toBeNull();
    expect((await ask(order, `/returns/${returnId}/approve`, {}, customer)).status).toBe(403);
    expect((await ask(order, `/returns/${returnId}/receive`, {})).status).toBe(409);
    await granted(order, `/returns/${returnId}/approve`, {});
    await granted(order, `/returns/${returnId}/receive`, { restock: [{ lineId: parcel, quantity: 3 }] });
    await vi.waitFor(async () => expect((await stockOf(sku))?.available).toBe(10), 10_000);
    const settled = await granted(order, `/returns/${returnId}/refund`, { amount: 900 });
    expect(settled.returns[0]).toMatchObject({ state: 'refunded', refundId: settled.refunds[0]?.id });
    expect((await refundedAt(order, 900)).state).toBe('completed');
    expect((await ask(order, `/returns/${returnId}/refund`, {})).status).toBe(409);
  });

  it('is the owner’s alone to ask for, within the product’s time, and only of parcels', async () => {
    const order = await completed();
    const [licence, parcel] = lineIds(order);
    const lines = [{ lineId: parcel, quantity: 1, reason: 'No' }];
    expect((await ask(order, '/returns', { lines }, [newId('user'), 'customer'])).status).toBe(404);
    const customer: [string, Role] = [order.customerId, 'customer'];
    const ofLicence = await ask(order, '/returns', { lines: [{ ...lines[0], lineId: licence }] }, customer);
    expect(await problemOf(ofLicence)).toEqual({ status: 422, pointers: ['/lines/0/lineId'] });
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 15 * 86_400_000);
    const late = await problemOf(await ask(order, '/returns', { lines }, customer)).finally(() => {
      now.mockRestore();
    });
    expect(late).toEqual({ status: 422, pointers: ['/lines/0/lineId'] });
  });

  it('is exchanged: what came back pays for the replacement, a difference goes back or is paid', async () => {
    const order = await completed();
    const [, parcel] = lineIds(order);
    const other = await stocked(1, {
      kind: 'physical',
      title: 'Small mug',
      unitPrice: EUR(600),
      fulfilment: { template: 'parcel', weightGrams: 100 },
    });
    const open = async (quantity: number) => {
      const lines = [{ lineId: parcel, quantity, reason: 'Too big' }];
      const asked = await granted(order, '/returns', { lines, wish: 'exchange' });
      const returnId = asked.returns.at(-1)?.id ?? '';
      await granted(order, `/returns/${returnId}/approve`, {});
      return returnId;
    };
    const first = await open(2);
    const lines = [{ variantId: other.variantId, quantity: 1 }];
    const sent = await granted(order, `/returns/${first}/exchange`, { lines }, OPERATOR, 'exchanged');
    const found = sent.returns[0];
    expect(found).toMatchObject({ state: 'exchanging' });
    expect((await refundedAt(order, 66)).refunds).toMatchObject([{ amount: EUR(66), returnId: first }]);
    const replacement = { id: found?.exchangeOrderId ?? '', customerId: order.customerId };
    await vi.waitFor(async () => expect((await read(order)).returns[0]?.state).toBe('exchanged'), 10_000);
    expect(await until(replacement, 'provisioning')).toMatchObject({
      total: EUR(0),
      exchangeOf: { orderId: order.id, returnId: first },
      price: { discountTotal: EUR(0), promotions: [], credits: [{ returnId: first, amount: EUR(600) }] },
      lines: [{ price: { discounts: [], credits: [{ returnId: first, amount: EUR(600) }] } }],
    });
    await variant({ ...other, unpublished: true });
    const again = await ask(order, `/returns/${first}/exchange`, { lines }, OPERATOR, 'exchanged');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(await again.json(), 'repeated when it can be bought no more').toEqual(sent);
    await variant(other);
    expect((await read(order)).lines.find(({ id }) => id === parcel)).toMatchObject({
      refunded: { quantity: 0, amount: EUR(66) },
      exchanged: { quantity: 2, amount: EUR(600) },
    });
    const second = await open(1);
    await granted(order, `/returns/${second}/exchange`, { lines });
    await vi.waitFor(async () => {
      const { state, steps } = (await read(order)).returns[1] ?? {};
      expect([state, steps?.length]).toEqual(['approved', 4]);
    }, 10_000);
    const settled = await granted(order, `/returns/${second}/refund`, {});
    expect(settled.refunds.at(-1)).toMatchObject({ amount: EUR(333), returnId: second });
  });

  it('can be withdrawn, and rejected with a reason', async () => {
    const order = await completed();
    const [, parcel] = lineIds(order);
    const customer: [string, Role] = [order.customerId, 'customer'];
    const lines = [{ lineId: parcel, quantity: 2, reason: 'Colour' }];
    const first = (await granted(order, '/returns', { lines }, customer)).returns[0]?.id ?? '';
    expect((await ask(order, '/returns', { lines }, customer)).status).toBe(422);
    await granted(order, `/returns/${first}/withdraw`, {}, customer);
    const again = await granted(order, '/returns', { lines }, customer);
    const second = again.returns[1]?.id ?? '';
    const rejected = await granted(order, `/returns/${second}/reject`, { reason: 'Used' });
    expect(rejected.returns.map(({ state }) => state)).toEqual(['withdrawn', 'rejected']);
  });
});

describe('notes and versions', () => {
  it('show the customer what is meant for him, and who changed what to the team', async () => {
    const order = await completed();
    await granted(order, '/notes', { text: 'Called twice' }, [newId('user'), 'support']);
    await granted(order, '/notes', { text: 'Sorry!', visibility: 'customer' });
    expect((await read(order)).notes.map(({ text }) => text)).toEqual(['Sorry!']);
    await granted(order, '/refunds', { amount: 100, reason: 'Sorry' });
    const list = async (as: [string, Role], query = '') => {
      const response = await request('GET', `/v1/orders/${order.id}/versions${query}`, { as });
      return orderVersionsSchema.parse(await response.json());
    };
    const seen = await list(OPERATOR);
    const refund = seen.items.find(({ what }) => what === 'refund.requested');
    expect(refund).toMatchObject({ by: { kind: 'operator', id: OPERATOR[0] }, why: 'Sorry' });
    const forCustomer = await list([order.customerId, 'customer'], '?limit=2');
    expect(forCustomer.items).toHaveLength(2);
    expect((await list(OPERATOR, `?limit=1&cursor=${forCustomer.next ?? ''}`)).items[0]?.version).toBe(
      Number(forCustomer.next) - 1,
    );
    const path = `/v1/orders/${order.id}/versions/${refund?.version ?? 0}`;
    const detail = await request('GET', path, { as: [order.customerId, 'customer'] });
    const changed = (await detail.json()) as { changes: { path: string }[]; order: Order; by: unknown };
    expect(changed.changes.map((change) => change.path)).toContain('/refunds/0');
    expect(changed.order.refunds[0]?.state).toBe('pending');
    expect(changed.by).toEqual({ kind: 'operator', id: null });
    const internal = seen.items.find(({ what, by }) => what === 'note.added' && by.id !== OPERATOR[0]);
    const hidden = `/v1/orders/${order.id}/versions/${internal?.version ?? 0}`;
    expect((await request('GET', hidden, { as: OPERATOR })).status).toBe(200);
    expect((await request('GET', hidden, { as: [order.customerId, 'customer'] })).status).toBe(404);
    const all = await list([order.customerId, 'customer'], '?limit=100');
    expect(all.items.filter(({ what }) => what === 'note.added')).toHaveLength(1);
    for (const cursor of ['0', '000', '01', 'x']) {
      const odd = `/v1/orders/${order.id}/versions?cursor=${cursor}`;
      expect((await request('GET', odd, { as: OPERATOR })).status).toBe(422);
    }
    const foreign = await request('GET', path, { as: [newId('user'), 'customer'] });
    expect(foreign.status).toBe(404);
  });

  it('the last version is the order as it is', async () => {
    const order = await completed();
    const path = `/v1/orders/${order.id}/versions/${order.version}`;
    const response = await request('GET', path, { as: OPERATOR });
    const { order: then } = (await response.json()) as { order: Order };
    const present = await request('GET', `/v1/orders/${order.id}`, { as: OPERATOR });
    expect(then).toEqual(await present.json());
  });
});
