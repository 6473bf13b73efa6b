import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cart, cartSchema, newCartSchema, quoteSchema } from '#shared/contracts/http/carts.ts';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import {
  bindings,
  catalogue,
  catchMails,
  namespaces,
  payments,
  request,
  stocked,
  stockOf,
  uniqueAmount,
  variant,
} from './testing/shop.ts';

beforeAll(async () => {
  await migrateDatabases();
  catchMails();
});

/** Whoever fills a cart: a guest by token, or a customer. */
interface Visitor {
  cartId: string;
  token?: string;
  customerId?: string;
}
const headersOf = ({ token }: Visitor) => (token === undefined ? {} : { 'x-cart-token': token });
const asOf = ({ customerId }: Visitor) =>
  customerId === undefined ? {} : { as: [customerId, 'customer'] as [string, 'customer'] };

async function guest(): Promise<Visitor & { token: string }> {
  const response = await request('POST', '/v1/carts', { body: { currency: 'EUR' } });
  expect(response.status).toBe(201);
  const { cart, token } = newCartSchema.parse(await response.json());
  return { cartId: cart.id, token: token ?? '' };
}
async function customer(customerId = newId('user')): Promise<Visitor & { customerId: string }> {
  const response = await request('POST', '/v1/carts', {
    as: [customerId, 'customer'],
    body: { currency: 'EUR' },
  });
  const { cart, token } = newCartSchema.parse(await response.json());
  expect(token).toBeNull();
  return { cartId: cart.id, customerId };
}
const call = (
  visitor: Visitor,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  request(method, `/v1/carts/${visitor.cartId}${path}`, {
    ...asOf(visitor),
    ...(body === undefined ? {} : { body }),
    headers: { ...headersOf(visitor), ...headers },
  });
const add = (visitor: Visitor, line: object, key: string = crypto.randomUUID()): Promise<Response> =>
  call(visitor, 'POST', '/lines', line, { 'idempotency-key': key });
const cartOf = async (response: Response | Promise<Response>): Promise<Cart> => {
  const answer = await response;
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return cartSchema.parse(await answer.json());
};
const quote = async (visitor: Visitor) =>
  quoteSchema.parse(await (await call(visitor, 'POST', '/quote')).json());
const checkout = (visitor: Visitor, body: object = {}, key: string = crypto.randomUUID()) =>
  call(visitor, 'POST', '/checkout', body, { 'idempotency-key': key });
const problemOf = async (response: Response) =>
  response.json<{ type: string; errors?: { pointer: string; detail: string }[]; orderId?: string }>();

describe('a cart', () => {
  it('loses none of fifty lines put in at once', async () => {
    const visitor = await guest();
    const variants = await Promise.all(Array.from({ length: 50 }, () => variant()));
    const answers = await Promise.all(variants.map(({ variantId }) => add(visitor, { variantId })));
    expect(answers.map(({ status }) => status)).toEqual(variants.map(() => 201));
    const cart = await cartOf(call(visitor, 'GET', ''));
    expect(cart.lines.map(({ variantId }) => variantId).sort()).toEqual(
      variants.map(({ variantId }) => variantId).sort(),
    );
    expect(cart.version).toBe(51);
    const sum = variants.reduce((total, { unitPrice }) => total + unitPrice.amount, 0);
    expect(cart.price?.total).toEqual({ amount: sum, currency: 'EUR' });
    expect((await problemOf(await add(visitor, await variant()))).errors).toBeDefined();
  });

  it('adds up fifty parallel additions of the same thing, whatever was removed and changed beside it', async () => {
    const visitor = await guest();
    const [shared, other] = await Promise.all([variant(), variant()]);
    const { lines } = await cartOf(add(visitor, { variantId: other.variantId }));
    const path = `/lines/${lines[0]?.id}`;
    await Promise.all([
      ...Array.from({ length: 50 }, () => add(visitor, { variantId: shared.variantId, quantity: 2 })),
      call(visitor, 'PATCH', path, { quantity: 7 }),
      call(visitor, 'DELETE', path),
    ]);
    const cart = await cartOf(call(visitor, 'GET', ''));
    expect(cart.lines.map(({ variantId, quantity }) => [variantId, quantity])).toEqual([
      [shared.variantId, 100],
    ]);
  });

  it('puts a line in once for one key, and refuses the key for another line', async () => {
    const visitor = await guest();
    const wanted = { variantId: (await variant()).variantId, quantity: 3 };
    const answers = await Promise.all(Array.from({ length: 20 }, () => add(visitor, wanted, 'same')));
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has('idempotent-replayed'))).toHaveLength(19);
    const cart = await cartOf(call(visitor, 'GET', ''));
    expect(cart.lines.map(({ quantity }) => quantity)).toEqual([3]);
    const reused = await add(visitor, { ...wanted, quantity: 4 }, 'same');
    expect([reused.status, (await problemOf(reused)).type]).toEqual([
      422,
      '/problems/idempotency-key-reused',
    ]);
  });

  it('takes only what can be bought, in quantities that can, with a customisation that fits', async () => {
    const visitor = await guest();
    const customisationSchema = {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' } },
    };
    const custom = await variant({ customisationSchema, quantityMax: 5 });
    const draft = await variant({ unpublished: true });
    const refused = async (line: object) => {
      const response = await add(visitor, line);
      return [response.status, ...((await problemOf(response)).errors ?? []).map(({ pointer }) => pointer)];
    };
    expect(await refused({ variantId: newId('variant') })).toEqual([422, '/variantId']);
    expect(await refused({ variantId: draft.variantId })).toEqual([422, '/variantId']);
    expect(await refused({ variantId: custom.variantId })).toEqual([422, '/customisation/name']);
    const fits = { variantId: custom.variantId, customisation: { name: 'Ann' }, quantity: 3 };
    expect(await refused({ ...fits, quantity: 6 })).toEqual([422, '/quantity']);
    expect((await add(visitor, fits)).status).toBe(201);
    expect(await refused({ ...fits, customisation: { name: 'Bob' } }), 'the limit is of all lines').toEqual([
      422,
      '/quantity',
    ]);
    expect((await cartOf(call(visitor, 'GET', ''))).lines).toHaveLength(1);
  });

  it('is there for its token alone, or for its customer alone', async () => {
    const visitor = await guest();
    const stranger = await guest();
    const owner = await customer();
    const statuses = await Promise.all([
      call({ cartId: visitor.cartId }, 'GET', ''),
      call({ ...visitor, token: stranger.token }, 'GET', ''),
      call({ ...visitor, token: visitor.token.replace(/.$/, '!') }, 'GET', ''),
      call({ cartId: visitor.cartId, customerId: owner.customerId }, 'GET', ''),
      call({ cartId: owner.cartId }, 'GET', ''),
      call({ cartId: owner.cartId, customerId: newId('user') }, 'GET', ''),
      call({ cartId: newId('cart'), customerId: owner.customerId }, 'GET', ''),
      call(owner, 'GET', ''),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([404, 404, 422, 404, 404, 404, 404, 200]);
    const bad = await request('GET', `/v1/carts/${visitor.cartId}`, {
      headers: { authorization: 'Bearer a.b.c', 'x-cart-token': visitor.token },
    });
    expect(bad.status, 'a bad access token is refused, whatever comes with it').toBe(401);
  });

  it('keeps no token, only its digest', async () => {
    const visitor = await guest();
    const kept = await runInDurableObject(namespaces.CART.getByName(visitor.cartId), (_, state) =>
      JSON.stringify(state.storage.sql.exec('SELECT * FROM cart_document').toArray()),
    );
    expect(kept).not.toContain(visitor.token);
    expect(kept).toMatch(/tokenHash\\?":\\?"[0-9a-f]{64}/);
  });

  it('refuses a change of what was changed meanwhile', async () => {
    const visitor = await guest();
    const customisationSchema = { type: 'object', properties: { name: { type: 'string' } } };
    const { variantId } = await variant({ customisationSchema });
    const { lines } = await cartOf(add(visitor, { variantId }));
    const path = `/lines/${lines[0]?.id}`;
    const named = { customisation: { name: 'Ann' } };
    expect((await call(visitor, 'PATCH', path, named)).status).toBe(428);
    expect((await call(visitor, 'PATCH', path, named, { 'if-match': '"1"' })).status).toBe(200);
    expect((await call(visitor, 'PATCH', path, named, { 'if-match': '"1"' })).status).toBe(412);
    expect((await call(visitor, 'DELETE', path, undefined, { 'if-match': '"1"' })).status).toBe(412);
    const cart = await cartOf(call(visitor, 'PATCH', '', { delivery: 'as_ready' }, { 'if-match': '"3"' }));
    expect(cart).toMatchObject({ delivery: 'as_ready', version: 4 });
    expect((await call(visitor, 'PATCH', '', { locale: 'de' }, { 'if-match': '"3"' })).status).toBe(412);
    expect((await call(visitor, 'PATCH', '', { locale: 'de' }, { 'if-match': 'W/"4"' })).status).toBe(412);
  });

  it('says what changed since it was last told: prices, and what is no longer sold', async () => {
    const visitor = await guest();
    const [dearer, cheaper, gone] = await Promise.all([variant(), variant(), variant()]);
    for (const { variantId } of [dearer, cheaper, gone]) await add(visitor, { variantId });
    expect((await cartOf(call(visitor, 'GET', ''))).changes).toEqual([]);
    const priced = (made: typeof dearer, by: number) => ({
      ...made,
      unitPrice: { ...made.unitPrice, amount: made.unitPrice.amount + by },
    });
    await catalogue.register(priced(dearer, 100));
    await catalogue.register(priced(cheaper, -100));
    await catalogue.register({ ...gone, unpublished: true });
    const cart = await cartOf(call(visitor, 'GET', ''));
    expect(cart.changes.map(({ code }) => code)).toEqual(['price_up', 'price_down', 'unavailable']);
    expect(cart.changes[0]).toMatchObject({ from: dearer.unitPrice, to: priced(dearer, 100).unitPrice });
    expect(cart.problems).toEqual([
      { code: 'not_published', pointer: '/lines/2/variantId', detail: 'cannot be bought at the moment' },
    ]);
    expect(cart.lines[2]).toMatchObject({ title: 'Editor', price: null });
    await call(visitor, 'DELETE', `/lines/${cart.lines[2]?.id}`);
    expect((await quote(visitor)).changes.map(({ code }) => code)).toEqual(['price_up', 'price_down']);
    expect((await cartOf(call(visitor, 'GET', ''))).changes, 'the quote told it').toEqual([]);
  });

  it('answers 503 and changes nothing while the catalogue is away', async () => {
    const visitor = await guest();
    const { variantId } = await variant();
    await catalogue.failNext(variantId, 1);
    expect((await add(visitor, { variantId })).status).toBe(503);
    expect((await cartOf(call(visitor, 'GET', ''))).lines).toEqual([]);
  });

  it('is forgotten when nobody has changed it for its time, and not before', async () => {
    const visitor = await guest();
    await add(visitor, { variantId: (await variant()).variantId });
    const stub = namespaces.CART.getByName(visitor.cartId);
    const ring = async (daysAgo: number) => {
      await runInDurableObject(stub, async (_, state) => {
        const then = Date.now() - daysAgo * 86_400_000;
        state.storage.sql.exec(
          "UPDATE cart_document SET document = json_set(document, '$.updatedAt', ?)",
          then,
        );
        state.storage.sql.exec('UPDATE _alarms SET at = 1');
        await state.storage.setAlarm(Date.now() + 60_000);
      });
      await runDurableObjectAlarm(stub);
      return (await call(visitor, 'GET', '')).status;
    };
    expect(await ring(29)).toBe(200);
    expect(await ring(31)).toBe(404);
  });
});

describe('claiming a cart', () => {
  const claim = (cartId: string, customerId: string, token?: string) =>
    request('POST', `/v1/carts/${cartId}/claim`, {
      as: [customerId, 'customer'],
      headers: token === undefined ? {} : { 'x-cart-token': token },
    });

  it('makes it the customer’s current cart and ends the token', async () => {
    const visitor = await guest();
    const customerId = newId('user');
    await add(visitor, { variantId: (await variant()).variantId });
    expect((await claim(visitor.cartId, customerId)).status, 'without the token').toBe(404);
    const cart = await cartOf(claim(visitor.cartId, customerId, visitor.token));
    expect(cart).toMatchObject({ id: visitor.cartId, customerId, state: 'open' });
    expect((await call(visitor, 'GET', '')).status).toBe(404);
    const again = await cartOf(claim(visitor.cartId, customerId, visitor.token));
    expect(again.version, 'a lost answer can be asked for again').toBe(cart.version);
    expect((await claim(visitor.cartId, newId('user'), visitor.token)).status).toBe(404);
    const current = await request('GET', '/v1/carts/current', { as: [customerId, 'customer'] });
    expect((await cartOf(current)).id).toBe(visitor.cartId);
  });

  it('brings the lines to the cart the customer has, once, however often it is asked for', async () => {
    const owner = await customer();
    const visitor = await guest();
    const [shared, mine, theirs] = await Promise.all([variant(), variant(), variant()]);
    await add(owner, { variantId: shared.variantId, quantity: 2 });
    await add(owner, { variantId: mine.variantId });
    await add(visitor, { variantId: shared.variantId, quantity: 3 });
    await add(visitor, { variantId: theirs.variantId });
    const carts = await Promise.all(
      Array.from({ length: 10 }, () => claim(visitor.cartId, owner.customerId, visitor.token).then(cartOf)),
    );
    expect(new Set(carts.map(({ id }) => id))).toEqual(new Set([owner.cartId]));
    const cart = await cartOf(call(owner, 'GET', ''));
    expect(cart.lines.map(({ variantId, quantity }) => [variantId, quantity])).toEqual([
      [shared.variantId, 5],
      [mine.variantId, 1],
      [theirs.variantId, 1],
    ]);
    const left = await cartOf(call({ cartId: visitor.cartId, customerId: owner.customerId }, 'GET', ''));
    expect(left).toMatchObject({ state: 'merged', mergedInto: owner.cartId });
    const closed = await add(
      { cartId: visitor.cartId, customerId: owner.customerId },
      { variantId: mine.variantId },
    );
    expect([closed.status, (await problemOf(closed)).type]).toEqual([409, '/problems/cart-closed']);
  });

  it('goes on by itself when it was interrupted between the two carts', async () => {
    const owner = await customer();
    const visitor = await guest();
    await add(visitor, { variantId: (await variant()).variantId });
    const stub = namespaces.CART.getByName(visitor.cartId);
    await runInDurableObject(stub, async (_, state) => {
      const merged = { name: 'merged', into: owner.cartId, delivered: false };
      const claimed = { as: 'customer', customerId: owner.customerId };
      state.storage.sql.exec(
        "UPDATE cart_document SET document = json_set(document, '$.state', json(?), '$.owner', json(?))",
        JSON.stringify(merged),
        JSON.stringify(claimed),
      );
      state.storage.sql.exec("INSERT INTO _alarms (name, at) VALUES ('merging', 1)");
      await state.storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(stub);
    expect((await cartOf(call(owner, 'GET', ''))).lines).toHaveLength(1);
  });

  it('takes the place of a current cart that was ordered meanwhile', async () => {
    const owner = await customer();
    const visitor = await guest();
    const { variantId } = await variant();
    await Promise.all([add(owner, { variantId }), add(visitor, { variantId })]);
    expect((await checkout(owner)).status).toBe(201);
    const cart = await cartOf(claim(visitor.cartId, owner.customerId, visitor.token));
    expect(cart).toMatchObject({ id: visitor.cartId, state: 'open' });
    expect(cart.lines).toHaveLength(1);
  });

  it('opens one current cart for a customer, however many ask at once', async () => {
    const customerId = newId('user');
    const carts = await Promise.all(Array.from({ length: 20 }, () => customer(customerId)));
    expect(new Set(carts.map(({ cartId }) => cartId)).size).toBe(1);
  });
});

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
    expect((await checkout(visitor, {}, 'one')).status).toBe(201);
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
