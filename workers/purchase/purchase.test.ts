import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import {
  answer,
  endDeadline,
  mailsOf,
  openShop,
  pay,
  payments,
  place,
  postOrder,
  read,
  request,
  stocked,
  stockOf,
  timelineOf,
  until,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

describe('a purchase', () => {
  it('goes from placing to delivery, because every part did its work', async () => {
    const customer = newId('user');
    const boxed = await stocked(5);
    const order = await place(customer, { lines: [{ variantId: boxed.variantId, quantity: 2 }] });
    expect(order).toMatchObject({
      state: 'awaiting_payment',
      nextActions: ['pay', 'edit', 'cancel'],
      total: { amount: boxed.unitPrice.amount * 2, currency: 'EUR' },
      payment: { state: 'pending', clientSecret: expect.stringContaining('_secret') as string },
    });
    expect(await stockOf(boxed.sku)).toMatchObject({ onHand: 5, held: 2, available: 3 });

    await pay(order);
    await until(order, 'provisioning');
    expect(await stockOf(boxed.sku)).toMatchObject({ onHand: 3, held: 0, available: 3 });
    await answer(order, 'line.started', { detail: 'Being prepared.' });
    await answer(order, 'line.provisioned');
    await until(order, 'capturing');
    expect(await payments.paymentOf(order.id)).toMatchObject({
      state: 'captured',
      captured: order.total.amount,
    });
    await answer(order, 'line.activated', { detail: 'Your key is ready.' });
    const done = await until(order, 'completed');
    expect(done).toMatchObject({
      nextActions: ['view_instances'],
      lines: [{ state: 'delivered' }],
      reason: null,
    });
    const timeline = await timelineOf(order);
    const ofLine = timeline.filter((entry) => entry.type.startsWith('line.')).map((entry) => entry.text);
    const title = done.lines[0]?.title;
    expect(ofLine).toEqual([
      `${title}: being prepared`,
      `${title}: made, waiting for the payment to be settled`,
      `${title}: your key is ready`,
    ]);
    expect(timeline.map((entry) => entry.type)).toEqual([
      'order.placed',
      'stock.held',
      'payment.ready',
      'payment.authorised',
      'order.provisioning',
      'line.started',
      'line.provisioned',
      'payment.captured',
      'order.activating',
      'line.activated',
      'order.completed',
    ]);
    await expect
      .poll(() => mailsOf(order.id).map((mail) => mail.subject))
      .toEqual([
        `Order ${order.number}: placed`,
        `Order ${order.number}: payment approved`,
        `Order ${order.number}: complete`,
      ]);
    expect(mailsOf(order.id)[0]?.to).toBe(`${customer}@mail.test`);
  });

  it('is undone and voided when a line cannot be delivered, and says why', async () => {
    const boxed = await stocked(5);
    const order = await place(newId('user'), { lines: [{ variantId: boxed.variantId, quantity: 1 }] });
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.failed', { code: 'partner_refused', detail: 'The partner has no free place.' });
    await until(order, 'compensating');
    await answer(order, 'line.deprovisioned');
    const ended = await until(order, 'cancelled');
    expect(ended.reason).toEqual({
      code: 'provisioning_failed',
      text: 'It could not be delivered: The partner has no free place.',
    });
    expect(ended.payment).toMatchObject({ state: 'voided', captured: { amount: 0 } });
    expect(await payments.paymentOf(order.id)).toMatchObject({ state: 'cancelled', captured: 0 });
    expect(await stockOf(boxed.sku)).toMatchObject({ onHand: 5, held: 0 });
  });

  it('ends without a charge when nobody pays in time', async () => {
    const boxed = await stocked(1);
    const order = await place(newId('user'), { lines: [{ variantId: boxed.variantId, quantity: 1 }] });
    await endDeadline(order.id);
    const ended = await until(order, 'cancelled');
    expect(ended.reason?.code).toBe('payment_abandoned');
    expect(await stockOf(boxed.sku)).toMatchObject({ onHand: 1, held: 0 });
    expect(await payments.paymentOf(order.id)).toMatchObject({ state: 'cancelled' });
  });

  it('refuses what is not in stock, names the line and releases the others', async () => {
    const customer = newId('user');
    const [plenty, scarce] = await Promise.all([stocked(10), stocked(1)]);
    const response = await postOrder(customer, {
      lines: [
        { variantId: plenty.variantId, quantity: 1 },
        { variantId: scarce.variantId, quantity: 2 },
      ],
    });
    expect(response.status).toBe(409);
    const problem = await response.json<{ orderId: string }>();
    expect(problem).toMatchObject({
      type: '/problems/out-of-stock',
      available: 1,
      errors: [{ in: 'body', pointer: '/lines/1/quantity', detail: 'only 1 available' }],
    });
    const order = await until({ id: problem.orderId, customerId: customer }, 'cancelled');
    expect(order.reason?.code).toBe('out_of_stock');
    expect(await stockOf(plenty.sku)).toMatchObject({ held: 0 });
    expect(await payments.countOf(order.id)).toBe(0);
  });

  it('needs no payment when everything is free', async () => {
    const free = await variant({ unitPrice: { amount: 0, currency: 'EUR' } });
    const order = await place(newId('user'), { lines: [{ variantId: free.variantId, quantity: 1 }] });
    expect(order).toMatchObject({ state: 'provisioning', payment: null });
    await answer(order, 'line.provisioned');
    await answer(order, 'line.activated');
    expect(await until(order, 'completed')).toMatchObject({ payment: null });
  });

  it('lists the orders of their customer alone', async () => {
    const [mine, other] = [newId('user'), newId('user')];
    const thing = await variant();
    const order = await place(mine, { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const list = async (userId: string) =>
      (await request('GET', '/v1/orders', { as: [userId, 'customer'] })).json<{ items: { id: string }[] }>();
    expect((await list(mine)).items).toMatchObject([{ id: order.id, state: 'awaiting_payment' }]);
    expect((await list(other)).items).toEqual([]);
    const foreign = await request('GET', `/v1/orders/${order.id}`, { as: [other, 'customer'] });
    expect(foreign.status).toBe(404);
    expect((await read(order)).id).toBe(order.id);
  });
});
