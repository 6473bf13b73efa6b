import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { add, checkout, customer as visitor } from './testing/carts.ts';
import {
  answer,
  type Body,
  endDeadline,
  EUR,
  type FakeCard,
  granted,
  namespaces,
  openShop,
  OPERATOR,
  orderOf,
  pay,
  payments,
  place,
  postOrder,
  read,
  request,
  timelineOf,
  until,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

let codes = 0;
/** A gift card, and the code it is paid with. */
async function card(balance: number, values: Partial<FakeCard> = {}): Promise<string> {
  const code = `CARD-${(codes += 1)}-${crypto.randomUUID().slice(0, 4)}`;
  await payments.addCard(code, { cardId: newId('giftCard'), balance, ...values });
  return code;
}
const paidWith = (...named: string[]) => named.map((code) => ({ code }));
/** Something at 10.00, and who wants it. */
async function wish(values: Partial<Body> = {}) {
  const customer = newId('user');
  const { variantId } = await variant({ unitPrice: EUR(1_000) });
  return { customer, body: { lines: [{ variantId, quantity: 1 }], ...values } };
}

describe('a refund of gift cards that were sold', () => {
  /** Two cards of 10.00, of which so much is left. */
  async function bought(...balances: { balance: number; left?: number }[]) {
    const { variantId } = await variant({
      kind: 'gift_card',
      unitPrice: EUR(1_000),
      taxClass: 'exempt',
      fulfilment: { template: 'gift-card', validDays: null },
    });
    const order = await place(newId('user'), { lines: [{ variantId, quantity: balances.length }] });
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.provisioned');
    await until(order, 'capturing');
    await answer(order, 'line.activated');
    await until(order, 'completed');
    const instanceId = (await read(order)).lines[0]?.instanceId ?? '';
    const cards = balances.map((card) => ({ cardId: newId('giftCard'), instanceId, ...card }));
    await payments.brought(order.id, cards);
    const left = async () =>
      (await payments.soldGiftCards({}, { orderId: order.id })).map(({ balance }) => balance);
    return { order, left };
  }
  const refunded = async (order: Parameters<typeof read>[0]) =>
    (await read(order)).refunds.map(({ amount, state }) => [amount.amount, state]);

  it('gives back what is left on them and takes it off them, and no more', async () => {
    const { order, left } = await bought({ balance: 1_000 }, { balance: 300 });
    await granted(order, '/refunds', { everything: true, reason: 'Not wanted' });
    await vi.waitFor(async () => expect(await refunded(order)).toEqual([[1_300, 'made']]));
    expect(await left()).toEqual([0, 0]);
    const again = await request('POST', `/v1/orders/${order.id}/refunds`, {
      as: OPERATOR,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { everything: true, reason: 'Once more' },
    });
    expect(again.status).toBe(422);
  });

  it('is given up when they were spent a moment before, and says so', async () => {
    const { order } = await bought({ balance: 1_000, left: 10 });
    await granted(order, '/refunds', { everything: true, reason: 'Not wanted' });
    await vi.waitFor(async () => expect(await refunded(order)).toEqual([[1_000, 'failed']]));
    expect(await read(order)).toMatchObject({ state: 'completed', paymentStatus: 'captured' });
    expect((await timelineOf(order)).map(({ type }) => type)).toContain('refund.given_up');
  });

  it('leaves them as they are where staff choose so, and undoes no order whose cards were handed over', async () => {
    const { order, left } = await bought({ balance: 0 });
    await granted(order, '/refunds', { everything: true, giftCards: 'leave', reason: 'Stolen mailbox' });
    await vi.waitFor(async () => expect(await refunded(order)).toEqual([[1_000, 'made']]));
    expect(await left()).toEqual([0]);
    const undone = await request('POST', `/v1/orders/${order.id}/cancel`, {
      as: OPERATOR,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: {},
    });
    expect(undone.status).toBe(409);
  });
});

describe('an order paid with gift cards', () => {
  it('takes the cards first, one after the other, and asks for what they leave', async () => {
    const [one, other] = [await card(300), await card(200)];
    const { customer, body } = await wish({ giftCards: paidWith(one, other) });
    const order = await place(customer, body);
    expect(order).toMatchObject({
      state: 'awaiting_payment',
      total: EUR(1_000),
      payment: { amount: EUR(500), captured: EUR(0) },
      giftCards: [
        { ending: one.slice(-4), amount: EUR(300), captured: EUR(0), refunded: EUR(0) },
        { ending: other.slice(-4), amount: EUR(200) },
      ],
    });
    expect([await payments.balanceOf(one), await payments.balanceOf(other)]).toEqual([0, 0]);
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.provisioned');
    await until(order, 'capturing');
    expect(await read(order)).toMatchObject({
      paymentStatus: 'captured',
      payment: { captured: EUR(500) },
      giftCards: [{ captured: EUR(300) }, { captured: EUR(200) }],
    });
    await answer(order, 'line.activated');
    await until(order, 'completed');

    await granted(order, '/refunds', { amount: 600, reason: 'A scratch' });
    expect((await read(order)).refunds.map(({ amount }) => amount.amount)).toEqual([500, 100]);
    await vi.waitFor(async () =>
      expect([await payments.balanceOf(one), await payments.balanceOf(other)]).toEqual([100, 0]),
    );
  });

  it('needs no other payment where the cards pay for everything', async () => {
    const code = await card(1_500);
    const { customer, body } = await wish({ giftCards: paidWith(code) });
    const order = await place(customer, body);
    expect(order).toMatchObject({
      payment: null,
      paymentStatus: 'authorised',
      giftCards: [{ amount: EUR(1_000) }],
    });
    await until(order, 'provisioning');
    expect([await payments.balanceOf(code), await payments.paymentOf(order.id)]).toEqual([500, null]);
    await answer(order, 'line.provisioned');
    await until(order, 'capturing');
    await answer(order, 'line.activated');
    expect(await until(order, 'completed')).toMatchObject({ paymentStatus: 'captured' });
    await granted(order, '/cancel', { reason: 'Sold by mistake' }, OPERATOR);
    const lines = await until(order, 'compensating');
    expect(lines.lines[0]?.state).toBe('undoing');
    await answer(order, 'line.deprovisioned');
    expect(await until(order, 'refunded')).toMatchObject({ paymentStatus: 'refunded' });
    expect(await payments.balanceOf(code)).toBe(1_500);
  });

  it('leaves nothing to pay, or as much as can be paid', async () => {
    const code = await card(980);
    const { customer, body } = await wish({ giftCards: paidWith(code) });
    expect(await place(customer, body)).toMatchObject({
      payment: { amount: EUR(50) },
      giftCards: [{ amount: EUR(950) }],
    });
    expect(await payments.balanceOf(code)).toBe(30);
  });

  it('gives the cards back when it is cancelled, and when nobody pays the rest in time', async () => {
    for (const end of ['cancel', 'window'] as const) {
      const code = await card(400);
      const { customer, body } = await wish({ giftCards: paidWith(code) });
      const order = await place(customer, body);
      expect(await payments.balanceOf(code)).toBe(0);
      if (end === 'cancel') await granted(order, '/cancel', {}, [customer, 'customer']);
      else await endDeadline(order.id);
      expect(await until(order, 'cancelled')).toMatchObject({ giftCards: [{ amount: EUR(0) }] });
      expect(await payments.balanceOf(code)).toBe(400);
    }
  });

  it('is one order with one hold, however often and under whatever faults it is asked for', async () => {
    const code = await card(700);
    const { customer, body } = await wish({ giftCards: paidWith(code) });
    const unique = await variant({});
    const amount = unique.unitPrice.amount;
    await payments.plan(amount, { hold: ['lost', 'away', 'retriable'] });
    const wanted = { ...body, lines: [{ variantId: unique.variantId, quantity: 1 }] };
    const key = crypto.randomUUID();
    const first = await postOrder(customer, wanted, key);
    const again = await postOrder(customer, wanted, key);
    const order = await orderOf(first, 201);
    expect(await orderOf(again, 201)).toEqual(order);
    expect(await payments.balanceOf(code)).toBe(0);
    // The card is spent by now: a repeat says what was said before.
    expect((await postOrder(customer, wanted, key)).headers.get('idempotent-replayed')).toBe('true');
    const other = { ...wanted, giftCards: paidWith(await card(700)) };
    expect((await postOrder(customer, other, key)).status).toBe(422);
  });

  it('is answered again from its key, without a further try of its codes, also when none may be tried any more', async () => {
    const code = await card(700);
    const { customer, body } = await wish({ giftCards: paidWith(code) });
    const key = crypto.randomUUID();
    const order = await orderOf(await postOrder(customer, body, key), 201);
    const tried = await payments.triesOf(code);
    await payments.refuseTries(code);
    const answers = await Promise.all(Array.from({ length: 5 }, () => postOrder(customer, body, key)));
    for (const answer of answers) {
      expect(answer.headers.get('idempotent-replayed')).toBe('true');
      expect(await orderOf(answer, 201)).toEqual(order);
    }
    const other = { ...body, giftCards: paidWith('NONE', code) };
    expect((await postOrder(customer, other, key)).status).toBe(422);
    expect(await payments.triesOf(code)).toBe(tried);
    // Under a key of its own it is another request.
    expect((await postOrder(customer, body)).status).toBe(429);
  });

  it('leaves its key free when a code was none, so that the right one may follow under it', async () => {
    const code = await card(700);
    const { customer, body } = await wish({ giftCards: paidWith('NONE') });
    const key = crypto.randomUUID();
    expect((await postOrder(customer, body, key)).status).toBe(422);
    expect((await postOrder(customer, { ...body, giftCards: paidWith(code) }, key)).status).toBe(201);
  });

  it('cannot be changed before it is paid, and says so', async () => {
    const { customer, body } = await wish({ giftCards: paidWith(await card(400)) });
    const order = await place(customer, body);
    expect(order.nextActions).toEqual(['pay', 'cancel']);
    const changed = await request('PATCH', `/v1/orders/${order.id}`, {
      as: [customer, 'customer'],
      body: { lines: [{ lineId: order.lines[0]?.id, quantity: 2 }] },
      headers: { 'idempotency-key': crypto.randomUUID(), 'if-match': `"${order.version}"` },
    });
    expect([changed.status, (await changed.json<{ detail: string }>()).detail]).toEqual([
      409,
      expect.stringContaining('gift cards'),
    ]);
  });

  it('tells of a card by its end alone: no code is kept, shown or told', async () => {
    const code = await card(400);
    const { customer, body } = await wish({ giftCards: paidWith(code) });
    const order = await place(customer, body);
    const kept = await runInDurableObject(namespaces.ORDER.getByName(order.id), (_, { storage }) =>
      ['order_document', 'timeline', '_outbox', 'place_answer'].map((table) =>
        storage.sql
          .exec('SELECT 1 FROM sqlite_master WHERE name = ?', table)
          .toArray()
          .flatMap(() => storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
      ),
    );
    expect(JSON.stringify([kept, order, await timelineOf(order)])).not.toContain(code);
    const texts = (await timelineOf(order)).map(({ text }) => text);
    expect(texts).toContainEqual(`Gift card ending in ${code.slice(-4)}: Payment approved: 4.00 EUR`);
  });

  it('is charged from a cart too', async () => {
    const code = await card(300);
    const { variantId } = await variant({ unitPrice: EUR(1_000) });
    const buyer = await visitor();
    await add(buyer, { variantId, quantity: 1 });
    const key = crypto.randomUUID();
    const response = await checkout(buyer, { giftCards: paidWith(code) }, key);
    const order = await orderOf(response, 201);
    expect(order).toMatchObject({
      payment: { amount: EUR(700) },
      giftCards: [{ ending: code.slice(-4), amount: EUR(300) }],
    });
    await payments.refuseTries(code);
    expect(await orderOf(await checkout(buyer, { giftCards: paidWith(code) }, key), 201)).toEqual(order);
    expect((await checkout(buyer, { giftCards: paidWith('OTHER') }, key)).status).toBe(422);
  });
});

describe('a gift card that cannot be spent', () => {
  const refusedOf = async (values: Partial<Body>) => {
    const { customer, body } = await wish(values);
    const response = await postOrder(customer, body);
    const { errors = [] } = await response.json<{ errors?: { pointer: string; detail: string }[] }>();
    return [response.status, ...errors.map(({ pointer, detail }) => `${pointer} ${detail}`)];
  };

  it.each<[string, Partial<FakeCard>, string]>([
    ['spent', { balance: 0 }, 'has nothing left on it'],
    ['expired', { balance: 0, expiresAt: 1 }, 'has expired'],
    ['disabled', { state: 'disabled' }, 'cannot be spent for now'],
    ['taken back', { state: 'withdrawn', balance: 0 }, 'was taken back'],
    ['foreign', { currency: 'USD' }, 'is worth USD, and this order is in EUR'],
    ['spent in this moment', { balance: 0, shown: 500 }, 'has nothing left on it that could be spent'],
  ])('is named: %s', async (_, values, detail) => {
    const good = await card(200);
    const bad = await card(500, values);
    expect(await refusedOf({ giftCards: paidWith(good, bad) })).toEqual([422, `/giftCards/1/code ${detail}`]);
    expect(await payments.balanceOf(good)).toBe(200);
  });

  it('is named when it is none, or named twice', async () => {
    const good = await card(200);
    expect(await refusedOf({ giftCards: paidWith(good, 'NONE') })).toEqual([
      422,
      '/giftCards/1/code is not the code of a gift card: check it',
    ]);
    expect(await refusedOf({ giftCards: paidWith(good, good) })).toEqual([
      422,
      '/giftCards/1/code is given twice',
    ]);
  });

  it('is refused after too many wrong codes, and says when to come back', async () => {
    const { customer, body } = await wish({ giftCards: paidWith('TOO-MANY') });
    const response = await postOrder(customer, body);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '60']);
  });

  it('is any, for gift cards', async () => {
    const { variantId } = await variant({
      kind: 'gift_card',
      unitPrice: EUR(1_000),
      taxClass: 'exempt',
      fulfilment: { template: 'gift-card', validDays: null },
    });
    const code = await card(2_000);
    expect(await refusedOf({ lines: [{ variantId, quantity: 1 }], giftCards: paidWith(code) })).toEqual([
      422,
      '/giftCards cannot pay for gift cards: order those without paying by gift card',
    ]);
    expect(await payments.balanceOf(code)).toBe(2_000);
  });

  it('is not for who may not spend any', async () => {
    const { body } = await wish({ giftCards: paidWith(await card(100)) });
    const response = await request('POST', '/v1/orders', {
      as: [newId('user'), 'support'],
      body: { currency: 'EUR', ...body },
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    expect(response.status).toBe(403);
  });
});
