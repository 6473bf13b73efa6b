import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import { newId } from '#shared/ids/ids.ts';
import { HOUR_MS } from '#shared/time/time.ts';
import { add, call, cartOf, checkout, customer, guest, problemOf, quote } from './testing/carts.ts';
import {
  bindings,
  catalogue,
  namespaces,
  openShop,
  payments,
  stocked,
  stockOf,
  uniqueAmount,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

describe('a quote', () => {
  it('stands while the cart is not changed, and is the same for everyone who asks', async () => {
    const visitor = await customer();
    const { variantId } = await variant();
    await add(visitor, { variantId, quantity: 2 });
    const quotes = await Promise.all(Array.from({ length: 10 }, () => quote(visitor)));
    expect(new Set(quotes.map(({ id }) => id)).size).toBe(1);
    const { lines } = await cartOf(call(visitor, 'GET', ''));
    await call(visitor, 'PATCH', `/lines/${lines[0]?.id}`, { quantity: 3 });
    const stale = await checkout(visitor, { quoteId: quotes[0]?.id });
    expect([stale.status, (await problemOf(stale)).type]).toEqual([409, '/problems/quote-expired']);
  });

  it('explains every amount, and the parts are the whole', async () => {
    const visitor = await customer();
    await add(visitor, { variantId: (await variant()).variantId, quantity: 2 });
    await add(visitor, { variantId: (await variant()).variantId });
    const { price, lines } = await quote(visitor);
    const sum = lines.reduce(
      (total, line) => total + line.price.total.amount,
      price.shipping?.total.amount ?? 0,
    );
    expect(sum).toBe(price.total.amount);
  });

  it('is honoured when the catalogue has changed, and not after its end', async () => {
    const promised = uniqueAmount();
    const made = await variant({ unitPrice: { amount: promised, currency: 'EUR' } });
    const dearer = { ...made, unitPrice: { amount: promised + 1_000_000, currency: 'EUR' as const } };
    const early = await customer();
    const late = await customer();
    for (const visitor of [early, late]) await add(visitor, { variantId: made.variantId, quantity: 2 });
    const [first, second] = [await quote(early), await quote(late)];
    await catalogue.register(dearer);
    const order = orderSchema.parse(await (await checkout(early, { quoteId: first.id })).json());
    expect(order.total.amount).toBe(2 * promised);
    expect(order.payment).not.toBeNull();
    await runInDurableObject(namespaces.CART.getByName(late.cartId), (_, state) => {
      state.storage.sql.exec(
        "UPDATE cart_document SET document = json_set(document, '$.quote.expiresAt', 1)",
      );
    });
    const refused = await checkout(late, { quoteId: second.id });
    expect([refused.status, (await problemOf(refused)).type]).toEqual([409, '/problems/quote-expired']);
    const fresh = orderSchema.parse(await (await checkout(late)).json());
    expect(fresh.total.amount).toBe(2 * dearer.unitPrice.amount);
  });

  it('gives way to a cheaper one, because the cart shows what it costs now, and to no dearer one', async () => {
    const promised = uniqueAmount();
    const made = await variant({ unitPrice: { amount: promised, currency: 'EUR' } });
    const register = (by: number) =>
      catalogue.register({ ...made, unitPrice: { amount: promised + by, currency: 'EUR' } });
    const visitor = await customer();
    await add(visitor, { variantId: made.variantId });
    const first = await quote(visitor);
    await register(5);
    expect((await quote(visitor)).id).toBe(first.id);
    await register(-5);
    const cheaper = await quote(visitor);
    expect(cheaper.price.total.amount).toBe(promised - 5);
    expect(cheaper.changes.map(({ code }) => code)).toEqual(['price_down']);
    expect((await checkout(visitor, { quoteId: first.id })).status).toBe(409);
    await catalogue.failNext(made.variantId, 1);
    expect((await quote(visitor)).id, 'a catalogue that is away takes no promise away').toBe(cheaper.id);
    const order = orderSchema.parse(await (await checkout(visitor, { quoteId: cheaper.id })).json());
    expect(order.total.amount).toBe(promised - 5);
  });

  it('that ends on the way to the order is no promise any more', async () => {
    const promised = uniqueAmount();
    const made = await variant({ unitPrice: { amount: promised, currency: 'EUR' } });
    const visitor = await customer();
    await add(visitor, { variantId: made.variantId });
    const { id } = await quote(visitor);
    await catalogue.register({ ...made, unitPrice: { amount: promised + 7, currency: 'EUR' } });
    const orderId = newId('order');
    const cart = await runInDurableObject(namespaces.CART.getByName(visitor.cartId), (_, state) => {
      const [row] = state.storage.sql
        .exec<{ document: string }>('SELECT document FROM cart_document')
        .toArray();
      return JSON.parse(row?.document ?? '') as { quote: { id: string; priced: never } };
    });
    expect(cart.quote.id).toBe(id);
    const reply = await bindings.ORDER.getByName(orderId).place(
      { requestId: 'request-of-the-test' },
      {
        orderId,
        customerId: visitor.customerId,
        request: { currency: 'EUR', lines: [{ variantId: made.variantId, quantity: 1 }] },
        quote: { priced: cart.quote.priced, expiresAt: Date.now() - 1 },
      },
    );
    expect(reply).toMatchObject({ kind: 'placed', order: { total: { amount: promised + 7 } } });
  });
});

it('quotes nothing that no payment can pay, because the order would be refused', async () => {
  const visitor = await customer();
  const cents = await variant({ unitPrice: { amount: 20, currency: 'EUR' } });
  const cart = await cartOf(add(visitor, { variantId: cents.variantId }));
  expect(cart.problems.map(({ code, pointer }) => [code, pointer])).toEqual([['not_payable', '/lines']]);
  const refused = await call(visitor, 'POST', '/quote');
  expect([refused.status, (await problemOf(refused)).errors?.[0]?.pointer]).toEqual([422, '/lines']);
  const more = await cartOf(add(visitor, { variantId: cents.variantId, quantity: 2 }));
  expect(more.problems).toEqual([]);
  const free = await customer();
  const nothing = await variant({ unitPrice: { amount: 0, currency: 'EUR' } });
  expect((await cartOf(add(free, { variantId: nothing.variantId }))).problems).toEqual([]);
});

describe('checking out', () => {
  it('makes one order and one payment of a hundred identical requests', async () => {
    const visitor = await customer();
    const { variantId, sku } = await stocked(5);
    await add(visitor, { variantId, quantity: 2 });
    const { id: quoteId } = await quote(visitor);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => checkout(visitor, { quoteId }, 'one')),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const orders = await Promise.all(answers.map(async (answer) => orderSchema.parse(await answer.json())));
    const ids = new Set(orders.map(({ id }) => id));
    expect(ids.size).toBe(1);
    expect(answers.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1);
    const [orderId = ''] = ids;
    expect(await payments.countOf(orderId)).toBe(1);
    expect(await stockOf(sku)).toMatchObject({ held: 2 });
    const cart = await cartOf(call(visitor, 'GET', ''));
    expect(cart).toMatchObject({ state: 'ordered', orderId });
  });

  it('gives the same order to a repeat after the answer was lost, and none under another key', async () => {
    const visitor = await customer();
    await add(visitor, { variantId: (await variant()).variantId });
    const first = orderSchema.parse(await (await checkout(visitor, {}, 'lost')).json());
    const repeat = await checkout(visitor, {}, 'lost');
    expect(orderSchema.parse(await repeat.json())).toEqual(first);
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    const other = await checkout(visitor, {}, 'another');
    expect([other.status, await problemOf(other)]).toMatchObject([409, { orderId: first.id }]);
    const changed = await checkout(visitor, { paymentWindowSeconds: 60 }, 'lost');
    expect((await problemOf(changed)).type).toBe('/problems/idempotency-key-reused');
  });

  it('goes on by itself when the cart stopped between its decision and the order', async () => {
    const visitor = await customer();
    const made = await variant();
    await add(visitor, { variantId: made.variantId });
    await catalogue.failNext(made.variantId, 1);
    const [answer] = await Promise.all([checkout(visitor, {}, 'slow'), checkout(visitor, {}, 'slow')]);
    expect([201, 409]).toContain(answer.status);
    const stub = namespaces.CART.getByName(visitor.cartId);
    await runInDurableObject(stub, async (_, state) => {
      state.storage.sql.exec("UPDATE _alarms SET at = 1 WHERE name = 'ordering'");
      await state.storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(stub);
    await vi.waitFor(async () =>
      expect(await cartOf(call(visitor, 'GET', ''))).toMatchObject({ state: 'ordered' }),
    );
  });

  it('leaves the cart open when the order is refused, and replays the refusal for its key', async () => {
    const visitor = await customer();
    const { variantId } = await stocked(1);
    const { lines } = await cartOf(add(visitor, { variantId, quantity: 2 }));
    const short = await checkout(visitor, {}, 'too-many');
    expect([short.status, (await problemOf(short)).errors?.[0]?.pointer]).toEqual([409, '/lines/0/quantity']);
    expect(await cartOf(call(visitor, 'GET', ''))).toMatchObject({ state: 'open', orderId: null });
    await call(visitor, 'PATCH', `/lines/${lines[0]?.id}`, { quantity: 1 });
    expect((await checkout(visitor, {}, 'too-many')).status).toBe(409);
    await runInDurableObject(namespaces.CART.getByName(visitor.cartId), (_, { storage }) => {
      storage.sql.exec('UPDATE checkouts SET at = at - ?', 25 * HOUR_MS);
    });
    expect((await checkout(visitor, {}, 'too-many')).status, 'a key stands for a day').toBe(201);
  });

  it('orders what the cart says and nothing of an empty one', async () => {
    const visitor = await customer();
    const empty = await checkout(visitor);
    expect([empty.status, (await problemOf(empty)).errors?.[0]?.pointer]).toEqual([422, '/lines']);
    const parcel = await variant({ kind: 'physical', fulfilment: { template: 'parcel', weightGrams: 10 } });
    const cart = await cartOf(add(visitor, { variantId: parcel.variantId }));
    expect(cart).toMatchObject({ needsShipping: true, problems: [{ pointer: '/shippingAddress' }] });
    expect((await call(visitor, 'POST', '/quote')).status).toBe(422);
    const shippingAddress = {
      name: 'Ann',
      line1: 'Road 1',
      line2: '',
      postalCode: '1',
      city: 'Bonn',
      country: 'DE',
    };
    expect(
      (await cartOf(call(visitor, 'PATCH', '', { shippingAddress, delivery: 'as_ready' }))).problems,
    ).toEqual([]);
    const order = orderSchema.parse(await (await checkout(visitor)).json());
    expect(order).toMatchObject({ shippingAddress, customerId: visitor.customerId });
  });

  it('needs the cart to be claimed first', async () => {
    const visitor = await guest();
    await add(visitor, { variantId: (await variant()).variantId });
    expect((await checkout(visitor)).status).toBe(401);
    expect((await checkout({ ...visitor, customerId: newId('user') })).status).toBe(404);
  });
});

describe('the price of a cart', () => {
  const run = (sql: string, ...values: (string | number | null)[]) =>
    bindings.COMMERCE_DB.prepare(sql)
      .bind(...values)
      .run();
  async function promotion(code: string, effect: object, conditions: object = {}): Promise<void> {
    const id = newId('promotion');
    await run(
      `INSERT INTO promotions VALUES (?, 'active', 1, ?, 0, 'combinable', 0, ?, ?, NULL, NULL, NULL, NULL, 1, 1)`,
      id,
      `The ${code} offer`,
      JSON.stringify(conditions),
      JSON.stringify(effect),
    );
    await run('INSERT INTO promotion_codes VALUES (?, ?, 1)', code, id);
  }
  async function shippingMethod(title: string, amount: number): Promise<string> {
    const id = newId('shippingMethod');
    const rates = JSON.stringify([{ type: 'flat', currency: 'EUR', amount, freeFrom: null }]);
    await run(
      "INSERT INTO shipping_methods VALUES (?, 'active', 1, ?, 0, 'standard', '[]', ?, 1, 1)",
      id,
      title,
      rates,
    );
    await run("INSERT INTO shipping_destinations VALUES ('AT', '', ?)", id);
    return id;
  }

  it('counts a code at once, and refuses one that gives nothing with the reason', async () => {
    await promotion('HALF', { type: 'percent', ratePpm: 500_000 });
    await promotion('STAFF', { type: 'percent', ratePpm: 500_000 }, { groups: ['staff'] });
    const visitor = await customer();
    const made = await variant({ unitPrice: { amount: 1_000, currency: 'EUR' } });
    await add(visitor, { variantId: made.variantId, quantity: 2 });
    const cart = await cartOf(call(visitor, 'POST', '/codes', { code: ' half ' }));
    expect(cart).toMatchObject({ codes: ['HALF'], problems: [] });
    expect(cart.price).toMatchObject({ discountTotal: { amount: 1_000 }, total: { amount: 1_000 } });
    for (const code of ['NOTHING', 'STAFF']) {
      const refused = await call(visitor, 'POST', '/codes', { code });
      expect([refused.status, (await problemOf(refused)).errors?.[0]?.pointer]).toEqual([422, '/code']);
    }
    expect((await cartOf(call(visitor, 'POST', '/codes', { code: 'HALF' }))).codes).toEqual(['HALF']);
    const { id } = await quote(visitor);
    const order = orderSchema.parse(await (await checkout(visitor, { quoteId: id })).json());
    expect(order).toMatchObject({ total: { amount: 1_000 }, price: { promotions: [{ code: 'HALF' }] } });
  });

  it('goes on without a code that counts no more, and says so', async () => {
    await promotion('BRIEF', { type: 'percent', ratePpm: 100_000 });
    const visitor = await customer();
    const made = await variant({ unitPrice: { amount: 1_000, currency: 'EUR' } });
    await add(visitor, { variantId: made.variantId });
    await call(visitor, 'POST', '/codes', { code: 'BRIEF' });
    await run("UPDATE promotions SET status = 'paused' WHERE title = 'The BRIEF offer'");
    const cart = await cartOf(call(visitor, 'GET', ''));
    expect(cart).toMatchObject({ price: { total: { amount: 1_000 } }, problems: [{ pointer: '/codes/0' }] });
    expect((await call(visitor, 'POST', '/quote')).status).toBe(422);
    expect((await cartOf(call(visitor, 'DELETE', '/codes/BRIEF'))).problems).toEqual([]);
  });

  it('offers the ways to send a parcel to where it goes, and takes the cheapest unless told otherwise', async () => {
    const [slow, fast] = [await shippingMethod('Slow', 300), await shippingMethod('Fast', 900)];
    const visitor = await customer();
    const parcel = await variant({ kind: 'physical', fulfilment: { template: 'parcel', weightGrams: 10 } });
    await add(visitor, { variantId: parcel.variantId });
    const address = { name: 'Ann', line1: 'Road 1', line2: '', postalCode: '1', city: 'Wien', country: 'AT' };
    const cart = await cartOf(call(visitor, 'PATCH', '', { shippingAddress: address }));
    expect(cart.shippingMethods.map(({ id, amount }) => [id, amount.amount])).toEqual([
      [slow, 300],
      [fast, 900],
    ]);
    expect(cart.price?.shipping).toMatchObject({ methodId: slow });
    const other = await cartOf(call(visitor, 'PATCH', '', { shippingMethodId: fast }));
    expect(other.price?.total.amount).toBe(parcel.unitPrice.amount + 900);
    const elsewhere = await cartOf(
      call(visitor, 'PATCH', '', { shippingAddress: { ...address, country: 'JP' } }),
    );
    expect(elsewhere.problems.map(({ pointer }) => pointer)).toEqual([
      '/shippingMethodId',
      '/shippingAddress/country',
    ]);
  });
});
