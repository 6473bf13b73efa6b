import { beforeAll, describe, expect, it, vi } from 'vitest';
import { orderSchema, type Order } from '#shared/contracts/http/orders.ts';
import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { newId } from '#shared/ids/ids.ts';
import { add, call, customer } from './testing/carts.ts';
import { card, payWith, placeFrom, review, riskOf, setRule } from './testing/fraud.ts';
import {
  address,
  announce,
  answer,
  crash,
  fulfil,
  mailsOf,
  openShop,
  OPERATOR,
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

/** Orders in this currency are of one test each: their amounts are looked at by rules. */
async function pricedIn(currency: 'SEK' | 'NOK' | 'DKK' | 'PLN' | 'CHF') {
  const thing = await stocked(5, {
    unitPrice: { amount: 10_000 + Math.floor(Math.random() * 1_000), currency },
  });
  const body = { currency, lines: [{ variantId: thing.variantId, quantity: 1 }] };
  return { thing, body };
}
/** An order that waits for a person because of what the payment service says of it. */
async function held(values: { customerId?: string } = {}) {
  const thing = await stocked(5);
  const order = await place(values.customerId ?? newId('user'), {
    lines: [{ variantId: thing.variantId, quantity: 1 }],
  });
  await payWith(order, { level: 'elevated', review: 'open' });
  return { thing, order: await until(order, 'in_review') };
}
const SECRET = /score|rule|threshold|velocity|fraud|elevated|radar/i;

describe('an order that is placed', () => {
  it('is refused before anything is held, in words that reveal nothing', async () => {
    const { thing, body } = await pricedIn('SEK');
    await setRule({ kind: 'amount', currency: 'SEK', above: 9_999 }, 120, 'Too large in kronor');
    const customerId = newId('user');
    const key = crypto.randomUUID();
    const refused = await postOrder(customerId, body, key);
    const problem = await refused.json<{ orderId: string }>();
    expect([refused.status, problem]).toMatchObject([403, { type: '/problems/order-not-accepted' }]);
    expect(JSON.stringify(problem)).not.toMatch(SECRET);
    expect(await stockOf(thing.sku)).toMatchObject({ held: 0, available: 5 });
    expect(await payments.countOf(problem.orderId)).toBe(0);

    const repeated = await postOrder(customerId, body, key);
    expect([repeated.status, repeated.headers.get('idempotent-replayed')]).toEqual([403, 'true']);
    const order = await until({ id: problem.orderId, customerId }, 'cancelled');
    expect(order.reason).toEqual({ code: 'blocked', text: 'We cannot accept this order.' });
    const told = await timelineOf(order);
    expect(JSON.stringify([order, told])).not.toMatch(SECRET);
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_entry, index) => index + 1));
    expect(mailsOf(order.id)).toEqual([]);
    expect((await riskOf(order)).placing).toMatchObject({
      outcome: 'block',
      hits: [expect.objectContaining({ reason: 'Too large in kronor' })],
    });
  });

  it('must be paid with a proof of the holder from the first threshold on', async () => {
    const { body } = await pricedIn('NOK');
    await setRule({ kind: 'amount', currency: 'NOK', above: 9_999 }, 40);
    const suspicious = await place(newId('user'), body);
    const plain = await place(newId('user'), {
      lines: [{ variantId: (await variant()).variantId, quantity: 1 }],
    });
    expect(await payments.wasChallenged(suspicious.id)).toBe(true);
    expect(await payments.wasChallenged(plain.id)).toBe(false);
    await payWith(suspicious, { authenticated: true });
    await until(suspicious, 'provisioning');
  });

  it('counts what comes from one address, whoever it is, and keeps no address', async () => {
    await setRule({ kind: 'velocity', subject: 'client_address', windowSeconds: 7_777, limit: 2 }, 120);
    const thing = await variant();
    const body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const from = '2001:db8:7:8::1';
    const statuses = [];
    for (const host of ['1', '2', 'ffff'])
      statuses.push((await placeFrom(body, { address: `2001:db8:7:8::${host}` })).status);
    expect(statuses).toEqual([201, 201, 403]);
    const elsewhere = await placeFrom(body, { address: '2001:db8:7:9::1', country: 'FR' });
    const order = orderSchema.parse(await elsewhere.json());
    expect((await riskOf(order)).evidence).toMatchObject({
      countries: { client: 'FR' },
      counts: expect.arrayContaining([
        { subject: 'client_address', windowSeconds: 7_777, orders: 1 },
      ]) as unknown,
    });
    expect(JSON.stringify(await riskOf(order))).not.toContain(from.slice(0, 8));
  });

  it('counts an account exactly, however many orders it places at once', async () => {
    await setRule({ kind: 'velocity', subject: 'account', windowSeconds: 6_666, limit: 4 }, 120);
    const thing = await variant();
    const customerId = newId('user');
    const body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const placed = await Promise.all(Array.from({ length: 12 }, () => postOrder(customerId, body)));
    const statuses = placed.map(({ status }) => status);
    expect([201, 403].map((status) => statuses.filter((each) => each === status).length)).toEqual([4, 8]);
  });

  it('waits and is asked about again when the rules do not answer: nothing is let through unlooked at', async () => {
    const { ruleBook } = await import('#objects/fraud/of-env.ts');
    const away = vi.spyOn(ruleBook, 'read').mockRejectedValueOnce(new Error('the rules are away'));
    const thing = await stocked(1);
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    expect([order.state, away.mock.calls.length]).toEqual(['awaiting_payment', 2]);
    away.mockRestore();
  });

  it('from a cart carries where it comes from as well', async () => {
    const shopper = await customer();
    const { variantId } = await variant();
    await add(shopper, { variantId, quantity: 1 });
    const checkedOut = await call(
      shopper,
      'POST',
      '/checkout',
      {},
      {
        'idempotency-key': crypto.randomUUID(),
        'x-client-country': 'CH',
      },
    );
    const order = orderSchema.parse(await checkedOut.json());
    expect((await riskOf(order)).evidence.countries.client).toBe('CH');
  });
});

describe('an order that was paid', () => {
  it('counts the card, and keeps no fingerprint where anybody reads it', async () => {
    await setRule({ kind: 'velocity', subject: 'card', windowSeconds: 5_555, limit: 1 }, 120);
    const instrument = card();
    const thing = await stocked(5);
    const body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const [first, second] = [await place(newId('user'), body), await place(newId('user'), body)];
    await payWith(first, { authenticated: true }, instrument);
    await until(first, 'provisioning');
    await payWith(second, { authenticated: true }, instrument);
    const ended = await until(second, 'cancelled');
    expect(ended.reason?.code).toBe('blocked');
    expect((await payments.callsOf(second.id)).includes('cancel')).toBe(true);
    expect(await stockOf(thing.sku)).toMatchObject({ held: 0, available: 4 });
    expect(JSON.stringify(await riskOf(second))).not.toContain(instrument.fingerprint);
  });

  it('waits for a person where card and delivery disagree and no proof was given', async () => {
    await setRule({ kind: 'country_mismatch', between: 'card_shipping' }, 25);
    const thing = await stocked(5, {
      kind: 'physical',
      fulfilment: { template: 'parcel', weightGrams: 100 },
    });
    const order = await place(newId('user'), {
      lines: [{ variantId: thing.variantId, quantity: 1 }],
      shippingAddress: address,
    });
    await payWith(order, {}, card({ country: 'BR' }));
    await until(order, 'in_review');
    expect((await riskOf(order)).payment).toMatchObject({ outcome: 'challenge', phase: 'paid' });
  });
});

describe('an order in review', () => {
  it('tells its customer by mail and staff in their list, each what is theirs', async () => {
    const { order } = await held();
    expect(order).toMatchObject({ state: 'in_review', reason: null, nextActions: ['wait', 'cancel'] });
    await vi.waitFor(() => expect(mailsOf(order.id).map(({ subject }) => subject)).toHaveLength(2));
    const mail = mailsOf(order.id).find(({ subject }) => subject.includes('checking'));
    expect(mail?.text).toContain('We are checking it');
    expect(JSON.stringify([order, mail, await timelineOf(order)])).not.toMatch(SECRET);

    const staff = await request('GET', '/v1/orders?state=in_review&limit=100', { as: OPERATOR });
    const list = await staff.json<{ items: (Order & { attention: { code: string; detail: string } })[] }>();
    const row = list.items.find(({ id }) => id === order.id);
    expect(row?.attention).toMatchObject({
      code: 'in_review',
      detail: expect.stringContaining('elevated') as unknown,
    });
    const own = await request('GET', '/v1/orders?state=in_review', { as: [order.customerId, 'customer'] });
    expect(await own.json()).toMatchObject({ items: [{ id: order.id, attention: null }] });
  });

  it('approved is delivered, with who, when and why in its history', async () => {
    const { order, thing } = await held();
    expect(await stockOf(thing.sku)).toMatchObject({ held: 1 });
    const approved = await review(order, 'approve');
    expect([approved.status, (await approved.json<Order>()).state]).toEqual([200, 'provisioning']);
    await until(order, 'provisioning');
    const versions = await request('GET', `/v1/orders/${order.id}/versions`, { as: OPERATOR });
    const history = await versions.json<{ items: { what: string; by: { id: string }; why: string }[] }>();
    expect(history.items.find(({ what }) => what === 'review.decided')).toMatchObject({
      by: { id: OPERATOR[0] },
      why: 'Called the customer',
    });
    const own: [string, 'customer'] = [order.customerId, 'customer'];
    const told = await request('GET', `/v1/orders/${order.id}/versions?limit=100`, { as: own });
    const page = await told.json<{ items: { version: number; what: string; why: string }[] }>();
    const decided = page.items.find(({ what }) => what === 'review.decided');
    expect(decided).toMatchObject({ by: { kind: 'operator', id: null }, why: '' });
    const one = await request('GET', `/v1/orders/${order.id}/versions/${decided?.version}`, { as: own });
    expect(JSON.stringify([page, await one.json()])).not.toMatch(/Called the customer|score|fraud/i);
    await answer(order, 'line.provisioned');
    await until(order, 'capturing');
    await answer(order, 'line.activated');
    await until(order, 'completed');
    expect((await riskOf(order)).review?.decision).toMatchObject({
      decision: 'approve',
      by: OPERATOR[0],
      reason: 'Called the customer',
    });
  });

  it('refused gives the money and the stock back, and tells no reason', async () => {
    const { order, thing } = await held();
    expect((await review(order, 'refuse')).status).toBe(200);
    const ended = await until(order, 'cancelled');
    expect(ended.reason).toEqual({ code: 'refused_by_review', text: 'We cannot accept this order.' });
    expect((await payments.paymentOf(order.id))?.state).toBe('cancelled');
    expect(await stockOf(thing.sku)).toMatchObject({ held: 0, available: 5 });
    await vi.waitFor(() => expect(mailsOf(order.id)).toHaveLength(3));
    expect(JSON.stringify([ended, mailsOf(order.id), await timelineOf(order)])).not.toMatch(
      /Called the customer|score|fraud/i,
    );
  });

  it('decided twice the same way is decided once, and the other way is a conflict', async () => {
    const { order } = await held();
    const key = crypto.randomUUID();
    const answers = await Promise.all([
      review(order, 'approve', { key }),
      review(order, 'approve', { key }),
      review(order, 'approve'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const late = await review(order, 'refuse');
    expect([late.status, await late.json()]).toMatchObject([
      409,
      { detail: 'The order was approved before.' },
    ]);
    const versions = await request('GET', `/v1/orders/${order.id}/versions?limit=100`, { as: OPERATOR });
    const history = await versions.json<{ items: { what: string }[] }>();
    expect(history.items.filter(({ what }) => what === 'review.decided')).toHaveLength(1);
  });

  it('goes one way only when approval, refusal and cancellation race', async () => {
    const { order } = await held();
    const cancel = request('POST', `/v1/orders/${order.id}/cancel`, {
      as: [order.customerId, 'customer'],
      body: {},
    });
    const answers = await Promise.all([review(order, 'approve'), review(order, 'refuse'), cancel]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    const ended = await vi.waitFor(async () => {
      const present = await read(order);
      if (!['provisioning', 'cancelled'].includes(present.state)) throw new Error(present.state);
      return present;
    });
    const { review: told } = await riskOf(order);
    const way = [ended.state, ended.reason?.code ?? null, told?.decision?.decision ?? null];
    expect([
      ['provisioning', null, 'approve'],
      ['cancelled', 'refused_by_review', 'refuse'],
      ['cancelled', 'cancelled_by_customer', null],
      ['cancelled', 'cancelled_by_customer', 'approve'],
    ]).toContainEqual(way);
  });

  it('survives the death of its process at every step of the way', async () => {
    const { order } = await held();
    await crash(order.id);
    expect((await read(order)).state).toBe('in_review');
    await review(order, 'approve');
    await crash(order.id);
    await until(order, 'provisioning');
  });

  it('is decided by those who may, and by nobody else', async () => {
    const { order } = await held();
    const body = { decision: 'approve', reason: 'please' };
    const asked = await Promise.all(
      (['customer', 'support'] as const).map((role) =>
        request('POST', `/v1/orders/${order.id}/review`, { as: [order.customerId, role], body }),
      ),
    );
    expect(asked.map(({ status }) => status)).toEqual([403, 403]);
    const risk = await request('GET', `/v1/orders/${order.id}/risk`, { as: [order.customerId, 'customer'] });
    expect(risk.status).toBe(403);
    const unknown = await request('POST', `/v1/orders/${newId('order')}/review`, { as: OPERATOR, body });
    expect(unknown.status).toBe(404);
    const wordless = await request('POST', `/v1/orders/${order.id}/review`, {
      as: OPERATOR,
      body: { decision: 'approve' },
    });
    expect(wordless.status).toBe(422);
  });

  it('is no state an order can be decided in before or after', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    expect((await review(order, 'approve')).status).toBe(409);
  });
});

describe('a warning after the sale', () => {
  it('suspends what was delivered and asks a person, who gives it back or takes it back', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    await pay(order);
    await fulfil(order);
    const paymentId = order.payment?.paymentId ?? '';
    await payments.change(paymentId, { risk: { ...NO_PAYMENT_DETAILS.risk, earlyWarning: true } });
    await announce(order, paymentId);
    const stopped = await until(order, 'needs_operator');
    expect(stopped.reason).toEqual({ code: 'payment_check', text: 'We are checking your order.' });
    expect(stopped.lines[0]?.suspension).toMatchObject({ code: 'by_operator' });
    const staff = await request('GET', `/v1/orders/${order.id}`, { as: OPERATOR });
    expect(orderSchema.parse(await staff.json()).lines[0]?.suspension?.code).toBe('fraud_suspected');
    const told = await timelineOf(order);
    expect(JSON.stringify([stopped, told])).not.toMatch(SECRET);
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_entry, index) => index + 1));
    expect((await review(order, 'refuse')).status).toBe(200);
    await until(order, 'compensating');
    await answer(order, 'line.deprovisioned');
    await until(order, 'refunded');
    expect((await payments.paymentOf(order.id))?.refunded).toBe(order.total.amount);
  });
});
