import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { add, call, cartOf, checkout, customer, guest, problemOf, quote } from './testing/carts.ts';
import { catalogue, namespaces, openShop, request, variant } from './testing/shop.ts';

beforeAll(openShop);

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

  it('waits for a current cart that is being ordered, whose lines would be out of sight when the order is refused', async () => {
    const owner = await customer();
    const visitor = await guest();
    const { variantId } = await variant();
    await Promise.all([add(owner, { variantId }), add(visitor, { variantId, quantity: 2 })]);
    const becomes = (state: object) =>
      runInDurableObject(namespaces.CART.getByName(owner.cartId), (_, { storage }) => {
        const put = "UPDATE cart_document SET document = json_set(document, '$.state', json(?))";
        storage.sql.exec(put, JSON.stringify(state));
      });
    await becomes({ name: 'ordering', orderId: newId('order') });
    const claimed = await cartOf(claim(visitor.cartId, owner.customerId, visitor.token));
    expect(claimed).toMatchObject({ id: owner.cartId, state: 'ordering' });
    await becomes({ name: 'open' });
    const stub = namespaces.CART.getByName(visitor.cartId);
    await runInDurableObject(stub, async (_, { storage }) => {
      storage.sql.exec("UPDATE _alarms SET at = 1 WHERE name = 'merging'");
      await storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(stub);
    expect((await cartOf(call(owner, 'GET', ''))).lines.map(({ quantity }) => quantity)).toEqual([3]);
  });

  it('opens one current cart for a customer, however many ask at once', async () => {
    const customerId = newId('user');
    const carts = await Promise.all(Array.from({ length: 20 }, () => customer(customerId)));
    expect(new Set(carts.map(({ cartId }) => cartId)).size).toBe(1);
  });
});
