import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  orderDifferenceSchema,
  orderEffectsSchema,
  orderSchema,
  type Order,
} from '#shared/contracts/http/orders.ts';
import { orderBatchSchema } from '#shared/contracts/http/order-batches.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import {
  announce,
  answer,
  bindings,
  effectsOf,
  hurry,
  namespaces,
  openShop,
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

const staff = newId('user');
const operate = (order: Order, path: string, body?: unknown, key?: string) =>
  request('POST', `/v1/orders/${order.id}/${path}`, {
    as: [staff, 'operator'],
    ...(body === undefined ? {} : { body }),
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
async function many(what: 'retries' | 'resolutions', body: object, key: string = crypto.randomUUID()) {
  const response = await request('POST', `/v1/orders/${what}`, {
    as: [staff, 'operator'],
    body,
    headers: { 'idempotency-key': key },
  });
  const { status, headers } = response;
  const answer = await response.json();
  const none = { items: [], next: null };
  return {
    status,
    replayed: headers.get('idempotent-replayed'),
    body: status === 200 ? orderBatchSchema.parse(answer) : none,
  };
}
const effectsFor = async (order: Order) => {
  const response = await request('GET', `/v1/orders/${order.id}/effects`, { as: [staff, 'operator'] });
  return orderEffectsSchema.parse(await response.json());
};

/** An order whose payment could not be collected: everything is made, and the step was given up. */
async function uncollected() {
  const thing = await stocked(5);
  const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 2 }] });
  await payments.plan(order.total.amount, { capture: Array.from({ length: 12 }, () => 'away') });
  await pay(order);
  await until(order, 'provisioning');
  await answer(order, 'line.provisioned');
  await vi.waitFor(
    async () => {
      await hurry(order.id);
      expect((await read(order)).state).toBe('needs_operator');
    },
    { timeout: 20_000 },
  );
  return { thing, order };
}

describe('an operator', () => {
  it('sees what was given up, with its cause and what it carries, and no secret', async () => {
    const { order } = await uncollected();
    const effects = await effectsFor(order);
    const parked = effects.items.find(({ state }) => state === 'parked');
    expect(effects).toMatchObject({
      state: 'needs_operator',
      step: 'capturing',
      attention: { code: 'payment_capture_failed' },
    });
    expect(parked).toMatchObject({
      attempts: 12,
      nextAt: null,
      lastError: 'payments is away',
      payload: { step: 'payment.capture', upTo: order.total.amount, final: true },
    });
    expect(JSON.stringify(effects)).not.toContain('_secret');
    const customer = await request('GET', `/v1/orders/${order.id}/effects`, {
      as: [order.customerId, 'customer'],
    });
    expect(customer.status).toBe(403);
  });

  it('retries one step by its key, and the order heals by what comes of it', async () => {
    const { order } = await uncollected();
    const parked = (await effectsFor(order)).items.find(({ state }) => state === 'parked');
    const unknown = await operate(order, 'retry', { effect: 'no-such-effect' });
    expect([unknown.status, await unknown.json()]).toMatchObject([
      422,
      { errors: [{ in: 'body', pointer: '/effect' }] },
    ]);
    expect((await operate(order, 'retry', { effect: parked?.key })).status).toBe(200);
    await until(order, 'capturing');
    await answer(order, 'line.activated');
    await until(order, 'completed');
    expect((await payments.paymentOf(order.id))?.captured).toBe(order.total.amount);
    expect((await effectsOf(order.id)).filter(({ state }) => state === 'parked')).toEqual([]);
  });

  it('need not do anything when what was given up came about after all', async () => {
    const { order } = await uncollected();
    const paymentId = order.payment?.paymentId ?? '';
    const amount = order.total.amount;
    await payments.change(paymentId, { state: 'captured', captured: amount, capturable: 0 });
    await announce(order, paymentId);
    await answer(order, 'line.activated');
    await until(order, 'completed');
    expect((await effectsFor(order)).items.filter(({ state }) => state === 'parked')).toEqual([]);
  });

  it('ends an order by hand only after seeing what would not fit', async () => {
    const { order, thing } = await uncollected();
    const body = { as: 'cancelled', reason: 'Sorted out by phone.' };
    const refused = await operate(order, 'resolve', body);
    expect(refused.status).toBe(409);
    const problem = await refused.json<{ type: string; difference: unknown }>();
    expect(problem.type).toBe('/problems/difference-unconfirmed');
    const difference = orderDifferenceSchema.parse(problem.difference);
    expect(difference).toMatchObject({
      as: 'cancelled',
      kept: { amount: 0 },
      due: { amount: 0 },
      open: { amount: order.total.amount },
      lines: [{ state: 'provisioned' }],
      stock: [{ sku: thing.sku, quantity: 2 }],
    });
    expect((await effectsFor(order)).resolutions).toContainEqual(difference);

    const confirmed = await operate(order, 'resolve', { ...body, confirm: difference.code });
    expect(orderSchema.parse(await confirmed.json())).toMatchObject({
      state: 'cancelled',
      lines: [{ state: 'undone' }],
    });
    const timeline = async (as: [string, 'customer' | 'operator']) => {
      const response = await request('GET', `/v1/orders/${order.id}/timeline`, { as });
      return (await response.json<{ items: { type: string; text: string; data: unknown }[] }>()).items;
    };
    const told = await timeline([order.customerId, 'customer']);
    expect(told.map(({ text }) => text)).toContain('Settled by our team: Sorted out by phone.');
    expect(JSON.stringify(told)).not.toContain(staff);
    expect(await timeline([staff, 'operator'])).toContainEqual(
      expect.objectContaining({
        type: 'order.resolved_by_hand',
        data: { by: staff, difference: difference.code },
      }),
    );
    // What is on the shelf is the person's to put right: he was told.
    expect(await stockOf(thing.sku)).toMatchObject({ onHand: 3 });
  });

  it('must look again when the order changed since the difference was shown', async () => {
    const { order } = await uncollected();
    const seen = (await effectsFor(order)).resolutions.find(({ as }) => as === 'cancelled');
    await operate(order, 'retry', {});
    await vi.waitFor(async () => {
      await hurry(order.id);
      expect((await read(order)).state).not.toBe('needs_operator');
    });
    const late = await operate(order, 'resolve', { as: 'cancelled', reason: 'x', confirm: seen?.code });
    expect([late.status, await late.json()]).toMatchObject([
      409,
      { detail: expect.stringMatching(/this one is (capturing|completed)/) as string },
    ]);
  });

  it('is not needed by an order that has ended: what it still owes is tried again for ever', async () => {
    const thing = await stocked(5);
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    await operate(order, 'cancel', {});
    await until(order, 'cancelled');
    const sku = `SKU-${crypto.randomUUID()}`;
    const owed = {
      requestId: 'r',
      step: { step: 'stock.restock', sku, lineId: newId('line'), quantity: 2, reference: `${order.id}:owed` },
    };
    await runInDurableObject(namespaces.ORDER.getByName(order.id), (_, state) => {
      state.storage.sql.exec(
        "INSERT INTO _outbox (key, lane, payload, attempts, next_at) VALUES ('owed', 'stock', ?, 11, 1)",
        JSON.stringify(owed),
      );
    });
    await hurry(order.id);
    const again = (await effectsOf(order.id)).find(({ key }) => key.startsWith('owed:again:'));
    expect(again).toMatchObject({ state: 'pending' });
    await bindings.STOCK.getByName(sku).declare({ requestId: 'r' }, { sku, onHand: 0, sequence: 1 });
    await hurry(order.id);
    expect(await stockOf(sku)).toMatchObject({ onHand: 2 });
  });

  it('settles no more than he was shown: what the order owes others beside goes out when he ended it', async () => {
    const { order } = await uncollected();
    const sku = `SKU-${crypto.randomUUID()}`;
    await bindings.STOCK.getByName(sku).declare({ requestId: 'r' }, { sku, onHand: 0, sequence: 1 });
    const owed = {
      requestId: 'r',
      step: { step: 'stock.restock', sku, lineId: newId('line'), quantity: 2, reference: `${order.id}:owed` },
    };
    await runInDurableObject(namespaces.ORDER.getByName(order.id), (_, state) => {
      state.storage.sql.exec(
        "INSERT INTO _outbox (key, lane, payload, state, attempts, next_at) VALUES ('owed', 'stock', ?, 'parked', 12, 1)",
        JSON.stringify(owed),
      );
    });
    const ended = (await effectsFor(order)).resolutions.find(({ as }) => as === 'cancelled');
    const body = { as: 'cancelled', reason: 'Sorted out by phone.', confirm: ended?.code };
    expect((await operate(order, 'resolve', body)).status).toBe(200);
    await hurry(order.id);
    expect(await stockOf(sku)).toMatchObject({ onHand: 2 });
    expect((await effectsFor(order)).items).toEqual([]);
  });

  it('is asked at once to give back what he had settled by hand, and a retry that cannot help says so', async () => {
    const { order } = await uncollected();
    const end = async (as: string) => {
      const { resolutions } = await effectsFor(order);
      const confirm = resolutions.find((each) => each.as === as)?.code ?? undefined;
      return operate(order, 'resolve', {
        as,
        reason: 'Paid in cash',
        ...(confirm === undefined ? {} : { confirm }),
      });
    };
    expect((await end('completed')).status).toBe(200);
    expect((await operate(order, 'cancel', { reason: 'Sent back' })).status).toBe(200);
    await answer(order, 'line.deprovisioned');
    await until(order, 'needs_operator');
    expect(await effectsFor(order)).toMatchObject({ attention: { code: 'nothing_to_refund_from' } });
    expect((await operate(order, 'retry')).status).toBe(409);
    expect((await end('cancelled')).status).toBe(200);
    await until(order, 'cancelled');
  });

  it('offers whoever reads an order what he may do: staff who only look nothing, those who bought it themselves to pay', async () => {
    const shopper = newId('user');
    const order = await place(shopper, { lines: [{ variantId: (await variant()).variantId, quantity: 1 }] });
    const readBy = async (...as: [string, ...Role[]]) =>
      orderSchema.parse(await (await request('GET', `/v1/orders/${order.id}`, { as })).json());
    expect((await readBy(shopper, 'customer')).nextActions).toEqual(['pay', 'edit', 'cancel']);
    expect((await readBy(staff, 'operator')).nextActions).toEqual(['wait', 'edit', 'cancel']);
    expect((await readBy(staff, 'support')).nextActions).toEqual(['wait']);
    const own = await readBy(shopper, 'customer', 'support');
    expect(own.nextActions).toEqual(['pay', 'edit', 'cancel']);
    expect(own.payment?.clientSecret).not.toBe('');
    expect((await readBy(staff, 'customer', 'support')).payment?.clientSecret, 'of another').toBe('');
    const changed = await request('PATCH', `/v1/orders/${order.id}`, {
      as: [shopper, 'customer', 'operator'],
      headers: { 'if-match': '*' },
      body: { lines: [{ lineId: order.lines[0]?.id, quantity: 2 }] },
    });
    const answered = orderSchema.parse(await changed.json());
    expect(answered.nextActions).toContain('pay');
    expect(answered.payment?.clientSecret).not.toBe('');
    const as: [string, ...Role[]] = [shopper, 'customer', 'operator'];
    const cancelled = await request('POST', `/v1/orders/${order.id}/cancel`, { as, body: {} });
    expect(orderSchema.parse(await cancelled.json()).payment?.clientSecret).not.toBe('');
  });

  it('gives many orders another round by their cause, each once for the key, and goes on where the batch ended', async () => {
    const [first, second] = await Promise.all([uncollected(), uncollected()]);
    const orders = [first.order, second.order];
    const filter = {
      attention: 'payment_capture_failed',
      createdFrom:
        first.order.createdAt < second.order.createdAt ? first.order.createdAt : second.order.createdAt,
      limit: 1,
    };
    await vi.waitFor(async () => {
      const listed = await request(
        'GET',
        `/v1/orders?attention=payment_capture_failed&createdFrom=${filter.createdFrom}`,
        { as: [staff, 'operator'] },
      );
      expect((await listed.json<{ items: unknown[] }>()).items).toHaveLength(2);
    });
    const key = crypto.randomUUID();
    const one = await many('retries', filter, key);
    expect(one).toMatchObject({
      status: 200,
      replayed: null,
      body: { items: [{ outcome: 'done', state: 'capturing', problem: null }] },
    });
    // The order is in no list of those that wait any more, and yet the key stands for it.
    expect(await many('retries', filter, key)).toMatchObject({
      replayed: 'true',
      body: { items: [{ orderId: one.body.items[0]?.orderId, outcome: 'replayed' }], next: one.body.next },
    });
    expect((await many('retries', { ...filter, limit: 2 }, key)).status).toBe(422);
    const two = await many('retries', { ...filter, cursor: one.body.next });
    const asked = [...one.body.items, ...two.body.items].map(({ orderId }) => orderId);
    expect(asked.sort()).toEqual(orders.map(({ id }) => id).sort());
    expect(two.body.next).toBeNull();
    for (const order of orders) await until(order, 'capturing');
  });

  it('ends many orders for one reason, but for those whose difference must be seen, and each answers for itself', async () => {
    const { order } = await uncollected();
    const unpriced = newId('order');
    const orderIds = [order.id, unpriced];
    const body = { orderIds, as: 'cancelled', reason: 'The partner is gone' };
    const refused = await many('resolutions', body);
    expect(refused.body.items).toMatchObject([
      {
        orderId: order.id,
        outcome: 'refused',
        state: null,
        problem: { type: '/problems/difference-unconfirmed', status: 409 },
      },
      { orderId: unpriced, outcome: 'refused', problem: { type: '/problems/not-found' } },
    ]);
    expect((await read(order)).state).toBe('needs_operator');
    for (const wrong of [
      {},
      { orderIds, attention: 'any' },
      { orderIds: [order.id, order.id] },
      { orderIds, cursor: 'x' },
    ])
      expect((await many('retries', wrong)).status).toBe(422);
    const customer = await request('POST', '/v1/orders/retries', {
      as: [order.customerId, 'customer'],
      body: { orderIds },
      headers: { 'idempotency-key': 'k' },
    });
    expect(customer.status).toBe(403);
  });

  it('has a command obeyed once per Idempotency-Key', async () => {
    const { order } = await uncollected();
    const key = crypto.randomUUID();
    const body = { reason: 'Fraud', keep: 'nothing' };
    const first = await operate(order, 'cancel', body, key);
    const again = await operate(order, 'cancel', body, key);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    const other = await operate(order, 'cancel', { ...body, reason: 'Other' }, key);
    expect(other.status).toBe(422);
    const foreign = await request('POST', `/v1/orders/${order.id}/cancel`, {
      as: [newId('user'), 'operator'],
      body,
      headers: { 'idempotency-key': key },
    });
    expect(foreign.headers.get('idempotent-replayed')).toBeNull();
  });

  it.each([
    ['customer', 'resolve', { as: 'completed', reason: 'x' }],
    ['support', 'resolve', { as: 'completed', reason: 'x' }],
    ['support', 'retry', {}],
  ] as const)('is who may do it: a %s may not %s', async (role, path, body) => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const response = await request('POST', `/v1/orders/${order.id}/${path}`, {
      as: [newId('user'), role],
      body,
    });
    expect(response.status).toBe(403);
  });
});

describe('an order of several lines, delivered as ready', () => {
  async function twoLines(multicapture: boolean) {
    const [first, second] = [await stocked(3), await stocked(3)];
    const order = await place(newId('user'), {
      delivery: 'as_ready',
      lines: [first, second].map(({ variantId }) => ({ variantId, quantity: 1 })),
    });
    await pay(order, { multicapture });
    const present = await until(order, 'provisioning');
    const [one, two] = present.lines.map(({ id }) => id);
    return { order, first, second, one: one ?? '', two: two ?? '' };
  }

  it('charges and hands over each when it is made', async () => {
    const { order, first, one, two } = await twoLines(true);
    await answer(order, 'line.provisioned', { lineId: one });
    const part = async () => {
      const present = await read(order);
      expect(present.paymentStatus).toBe('partially_captured');
      return present;
    };
    const paid = await vi.waitFor(part);
    expect(paid.payment?.captured.amount).toBe(first.unitPrice.amount);
    await answer(order, 'line.activated', { lineId: one });
    expect(await read(order)).toMatchObject({ fulfilment: 'partial', state: 'provisioning' });
    await answer(order, 'line.provisioned', { lineId: two });
    await vi.waitFor(async () => expect((await read(order)).paymentStatus).toBe('captured'));
    await answer(order, 'line.activated', { lineId: two });
    expect(await until(order, 'completed')).toMatchObject({ fulfilment: 'complete' });
    const calls = await payments.callsOf(order.id);
    expect(calls.filter((call) => call === 'capture')).toHaveLength(2);
  });

  it('refunds and puts back on the shelf only what failed, when it had to be charged at once', async () => {
    const { order, first, second, one, two } = await twoLines(false);
    await answer(order, 'line.provisioned', { lineId: one });
    await vi.waitFor(async () => expect((await read(order)).paymentStatus).toBe('captured'));
    await answer(order, 'line.activated', { lineId: one });
    await answer(order, 'line.failed', { lineId: two, detail: 'No place.' });
    await answer(order, 'line.deprovisioned', { lineId: two });
    const done = await until(order, 'completed');
    expect(done).toMatchObject({
      fulfilment: 'partial',
      paymentStatus: 'partially_refunded',
      refunds: [{ amount: { amount: second.unitPrice.amount }, state: 'made', cause: 'not_delivered' }],
      nextActions: ['view_instances'],
    });
    expect(await stockOf(first.sku)).toMatchObject({ onHand: 2 });
    expect(await stockOf(second.sku)).toMatchObject({ onHand: 3 });
  });
});
