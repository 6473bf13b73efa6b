import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CUSTOMISATION_DEPTH_MAX, orderPageSchema, orderSchema } from '#shared/contracts/http/orders.ts';
import { newId } from '#shared/ids/ids.ts';
import {
  bindings,
  type Body,
  effectsOf,
  namespaces,
  openShop,
  pay,
  payments,
  place,
  postOrder,
  request,
  stocked,
  stockOf,
  until,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);
const rowsOf = async (customerId: string): Promise<number> =>
  (await bindings.ORDERS_DB.prepare('SELECT count(*) AS n FROM orders WHERE customer_id = ?')
    .bind(customerId)
    .first<number>('n')) ?? 0;

describe('placing with an Idempotency-Key', () => {
  it('makes one order and one payment of a hundred parallel requests', async () => {
    const customer = newId('user');
    const thing = await stocked(100);
    const body: Body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const key = crypto.randomUUID();
    const responses = await Promise.all(Array.from({ length: 100 }, () => postOrder(customer, body, key)));
    const created = responses.filter((response) => response.status === 201);
    expect(responses.filter((response) => response.status !== 201 && response.status !== 409)).toEqual([]);
    const bodies = await Promise.all(created.map((response) => response.json<{ id: string }>()));
    expect(new Set(bodies.map((order) => JSON.stringify(order))).size).toBe(1);
    expect(created.filter((response) => response.headers.get('idempotent-replayed') === null)).toHaveLength(
      1,
    );
    expect(await payments.countOf(bodies[0]?.id ?? '')).toBe(1);
    expect(await rowsOf(customer)).toBe(1);
    expect(await stockOf(thing.sku)).toMatchObject({ held: 1 });
  });

  it('answers a repeat with the very first answer, even when the order went on', async () => {
    const customer = newId('user');
    const thing = await variant();
    const body: Body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const key = crypto.randomUUID();
    const first = await (await postOrder(customer, body, key)).json<{ id: string }>();
    await pay(await (await postOrder(customer, body, key)).json());
    await until({ id: first.id, customerId: customer }, 'provisioning');
    const repeated = await postOrder(customer, body, key);
    expect(repeated.headers.get('idempotent-replayed')).toBe('true');
    expect(await repeated.json()).toEqual(first);
  });

  it('refuses the same key for another body', async () => {
    const customer = newId('user');
    const thing = await variant();
    const key = crypto.randomUUID();
    await postOrder(customer, { lines: [{ variantId: thing.variantId, quantity: 1 }] }, key);
    const response = await postOrder(customer, { lines: [{ variantId: thing.variantId, quantity: 2 }] }, key);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ type: '/problems/idempotency-key-reused' });
  });

  it('keeps the keys of two customers apart', async () => {
    const thing = await variant();
    const body: Body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const key = crypto.randomUUID();
    const orders = await Promise.all(
      [newId('user'), newId('user')].map(async (customer) =>
        (await postOrder(customer, body, key)).json<{ id: string }>(),
      ),
    );
    expect(orders[0]?.id).not.toBe(orders[1]?.id);
  });

  it('gives a refusal again for the same key, out of stock as well', async () => {
    const customer = newId('user');
    const thing = await stocked(0);
    const body: Body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const key = crypto.randomUUID();
    const first = await postOrder(customer, body, key);
    const again = await postOrder(customer, body, key);
    expect([first.status, again.status]).toEqual([409, 409]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const ids = await Promise.all([first, again].map((response) => response.json<{ orderId: string }>()));
    expect(ids[0]?.orderId).toBe(ids[1]?.orderId);
  });
});

describe('what one customer may buy of a product', () => {
  const limitedTo = async (quantity: number) => {
    const productId = newId('product');
    return variant({ productId, customerLimits: [{ scope: productId, quantity, days: 30 }] });
  };
  const of = ({ variantId }: { variantId: string }, quantity: number): Body => ({
    lines: [{ variantId, quantity }],
  });

  it('is exact under parallel orders, names the line, and is there again once an order is cancelled', async () => {
    const customer = newId('user');
    const thing = await limitedTo(2);
    const answers = await Promise.all(Array.from({ length: 6 }, () => postOrder(customer, of(thing, 1))));
    expect(answers.filter(({ status }) => status === 201).length).toBe(2);
    expect(answers.filter(({ status }) => status === 409).length).toBe(4);
    const refused = await answers.find(({ status }) => status === 409)?.json();
    expect(refused).toMatchObject({
      type: '/problems/purchase-limit',
      left: 0,
      errors: [{ pointer: '/lines/0/quantity' }],
    });
    const placed = await answers.find(({ status }) => status === 201)?.json<{ id: string }>();
    const { id } = placed ?? { id: '' };
    await request('POST', `/v1/orders/${id}/cancel`, {
      as: [customer, 'customer'],
      body: {},
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    await until({ id, customerId: customer }, 'cancelled');
    expect((await postOrder(customer, of(thing, 1))).status).toBe(201);
    expect((await postOrder(newId('user'), of(thing, 2))).status).toBe(201);
  });

  it('counts when an order is changed, and what the change gave up is free', async () => {
    const customer = newId('user');
    const thing = await limitedTo(3);
    const order = await (
      await postOrder(customer, of(thing, 1))
    ).json<{ id: string; lines: { id: string }[] }>();
    const change = async (quantity: number) =>
      request('PATCH', `/v1/orders/${order.id}`, {
        as: [customer, 'customer'],
        headers: { 'if-match': '*', 'idempotency-key': crypto.randomUUID() },
        body: { lines: [{ lineId: order.lines[0]?.id, quantity }] },
      });
    expect((await change(3)).status).toBe(200);
    expect((await postOrder(customer, of(thing, 1))).status).toBe(409);
    const refused = await change(4);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/lines/0/quantity' }] });
    expect((await change(1)).status).toBe(200);
    await vi.waitFor(async () => expect((await postOrder(customer, of(thing, 1))).status).toBe(201));
  });
});

describe('an order that cannot be', () => {
  const anyone = newId('user');
  const schema = {
    type: 'object',
    properties: { name: { type: 'string', maxLength: 5 }, seats: { type: 'integer' } },
    required: ['name'],
    additionalProperties: false,
  };
  const cases: [string, () => Promise<Body>, string[]][] = [
    [
      'an unknown variant',
      async () => ({ lines: [{ variantId: newId('variant'), quantity: 1 }] }),
      ['/lines/0/variantId'],
    ],
    [
      'an unpublished variant, on the second line',
      async () => ({
        lines: [
          { variantId: (await variant()).variantId, quantity: 1 },
          { variantId: (await variant({ unpublished: true })).variantId, quantity: 1 },
        ],
      }),
      ['/lines/1/variantId'],
    ],
    [
      'a variant without a price in the currency',
      async () => ({ currency: 'JPY', lines: [{ variantId: (await variant()).variantId, quantity: 1 }] }),
      ['/lines/0/variantId'],
    ],
    [
      'more than one may buy',
      async () => ({ lines: [{ variantId: (await variant({ quantityMax: 2 })).variantId, quantity: 3 }] }),
      ['/lines/0/quantity'],
    ],
    [
      'more than one may buy, spread over two lines',
      async () => {
        const { variantId } = await variant({ quantityMax: 2 });
        return {
          lines: [
            { variantId, quantity: 2 },
            { variantId, quantity: 1 },
          ],
        };
      },
      ['/lines/1/quantity'],
    ],
    [
      'a customisation that lacks a field and has an unknown one',
      async () => ({
        lines: [
          {
            variantId: (await variant({ customisationSchema: schema })).variantId,
            quantity: 1,
            customisation: { colour: 'red' },
          },
        ],
      }),
      ['/lines/0/customisation/colour', '/lines/0/customisation/name'],
    ],
    [
      'customisations of the wrong type and length',
      async () => ({
        lines: [
          {
            variantId: (await variant({ customisationSchema: schema })).variantId,
            quantity: 1,
            customisation: { name: 'too long', seats: 'three' },
          },
        ],
      }),
      ['/lines/0/customisation/name', '/lines/0/customisation/seats'],
    ],
    [
      'a customisation with half a surrogate pair for a name',
      async () => ({
        lines: [
          {
            variantId: (await variant({ customisationSchema: schema })).variantId,
            quantity: 1,
            customisation: { name: 'Ann', '\ud800': 1 },
          },
        ],
      }),
      ['/lines/0/customisation'],
    ],
    [
      'a customisation of what cannot be customised',
      async () => ({
        lines: [{ variantId: (await variant()).variantId, quantity: 1, customisation: { a: 1 } }],
      }),
      ['/lines/0/customisation'],
    ],
    [
      'a parcel without an address',
      async () => {
        const { variantId } = await variant({
          kind: 'physical',
          fulfilment: { template: 'parcel', weightGrams: 10 },
        });
        return { lines: [{ variantId, quantity: 1 }] };
      },
      ['/shippingAddress'],
    ],
    [
      'a total above what one payment may carry',
      async () => {
        const { variantId } = await variant({
          unitPrice: { amount: 99_999_999, currency: 'EUR' },
        });
        return { lines: [{ variantId, quantity: 2 }] };
      },
      ['/lines'],
    ],
  ];

  it.each(cases)('names the field for %s, and does not exist', async (_, body, pointers) => {
    const key = crypto.randomUUID();
    const [first, again] = [await postOrder(anyone, await body(), key), null];
    expect(again).toBeNull();
    expect(first.status).toBe(422);
    const problem = await first.json<{ errors: { in: string; pointer: string }[] }>();
    expect(problem.errors.map((error) => error.pointer).sort()).toEqual(pointers);
    expect(await rowsOf(anyone)).toBe(0);
  });

  it('gets the same refusal for the same key, and leaves no hold and no payment', async () => {
    const customer = newId('user');
    const [good, bad] = [await stocked(3), await variant({ unpublished: true })];
    const body: Body = {
      lines: [
        { variantId: good.variantId, quantity: 1 },
        { variantId: bad.variantId, quantity: 1 },
      ],
    };
    const key = crypto.randomUUID();
    const first = await postOrder(customer, body, key);
    const again = await postOrder(customer, body, key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const [one, two] = [await first.json<{ errors: unknown }>(), await again.json<{ errors: unknown }>()];
    expect(two.errors).toEqual(one.errors);
    expect(await stockOf(good.sku)).toMatchObject({ held: 0 });
    expect(await rowsOf(customer)).toBe(0);
  });
});

it('a refused order is forgotten with its key, because nobody ever needs it again', async () => {
  const customer = newId('user');
  await postOrder(customer, { lines: [{ variantId: newId('variant'), quantity: 1 }] });
  const orderId = await runInDurableObject(
    namespaces.BUYER.getByName(customer),
    (_, state) => state.storage.sql.exec<{ order_id: string }>('SELECT order_id FROM claims').one().order_id,
  );
  const stub = namespaces.ORDER.getByName(orderId);
  await runInDurableObject(stub, async (_, state) => {
    state.storage.sql.exec("UPDATE _alarms SET at = 1 WHERE name = 'forget'");
    await state.storage.setAlarm(Date.now() + 60_000);
  });
  await runDurableObjectAlarm(stub);
  const tables = await runInDurableObject(stub, (_, state) =>
    state.storage.sql.exec('SELECT count(*) AS n FROM sqlite_master').one(),
  );
  expect(tables).toEqual({ n: 0 });
  const read = await request('GET', `/v1/orders/${orderId}`, { as: [customer, 'customer'] });
  expect(read.status).toBe(404);
});

/** An object that is `depth` levels deep, itself the first. */
const nested = (depth: number): Record<string, unknown> => (depth === 1 ? {} : { data: nested(depth - 1) });

describe('a large customisation', () => {
  const customisationSchema = { type: 'object', properties: { data: {} } };

  it('as large as allowed is delivered, on every line of a large order', async () => {
    const { variantId } = await variant({ customisationSchema, title: 'Editor'.repeat(30) });
    const data = Array.from({ length: 743 }, () => 1e20);
    const lines = Array.from({ length: 17 }, () => ({ variantId, quantity: 1, customisation: { data } }));
    const body = JSON.stringify({ currency: 'EUR', lines }).replaceAll('100000000000000000000', '1e20');
    const customer = newId('user');
    const response = await request('POST', '/v1/orders', {
      as: [customer, 'customer'],
      body,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    expect(response.status).toBe(201);
    const order = orderSchema.parse(await response.json());
    await pay(order);
    await until(order, 'provisioning');
    await vi.waitFor(async () =>
      expect(await effectsOf(order.id)).toContainEqual({
        key: 'lines.provision',
        state: 'done',
        attempts: 1,
      }),
    );
  });

  it('as deep as allowed is placed', async () => {
    const { variantId } = await variant({ customisationSchema });
    const customisation = nested(CUSTOMISATION_DEPTH_MAX);
    const order = await place(newId('user'), { lines: [{ variantId, quantity: 1, customisation }] });
    expect(order.lines[0]?.customisation).toEqual(customisation);
  });
});

describe('a hostile body', () => {
  const line = { variantId: newId('variant'), quantity: 1 };
  const table: [string, string | object, number, string?][] = [
    ['not JSON', '{"currency":', 400],
    ['an empty body', '', 400],
    ['an array', [], 422],
    ['null', 'null', 422],
    ['no lines', { currency: 'EUR', lines: [] }, 422, '/lines'],
    ['an unknown field', { currency: 'EUR', lines: [line], price: 1 }, 422, '/price'],
    [
      'a price of the client',
      { currency: 'EUR', lines: [{ ...line, unitPrice: 1 }] },
      422,
      '/lines/0/unitPrice',
    ],
    [
      'a negative quantity',
      { currency: 'EUR', lines: [{ ...line, quantity: -1 }] },
      422,
      '/lines/0/quantity',
    ],
    ['a broken quantity', { currency: 'EUR', lines: [{ ...line, quantity: 1.5 }] }, 422, '/lines/0/quantity'],
    ['a huge quantity', { currency: 'EUR', lines: [{ ...line, quantity: 1e300 }] }, 422, '/lines/0/quantity'],
    [
      'a foreign id',
      { currency: 'EUR', lines: [{ ...line, variantId: newId('order') }] },
      422,
      '/lines/0/variantId',
    ],
    ['an unknown currency', { currency: 'XXX', lines: [line] }, 422, '/currency'],
    ['too many lines', { currency: 'EUR', lines: Array.from({ length: 51 }, () => line) }, 422, '/lines'],
    [
      'a window of zero',
      { currency: 'EUR', lines: [line], paymentWindowSeconds: 0 },
      422,
      '/paymentWindowSeconds',
    ],
    [
      'a customisation that grows beyond its limit when it is stored',
      `{"currency":"EUR","lines":[{"variantId":"${line.variantId}","quantity":1,"customisation":{"data":[${'1e20,'.repeat(12_499)}1e20]}}]}`,
      422,
      '/lines/0/customisation',
    ],
    [
      'a customisation nested as deep as a body may be long',
      `{"currency":"EUR","lines":[{"variantId":"${line.variantId}","quantity":1,"customisation":{"data":${'['.repeat(32_000)}${']'.repeat(32_000)}}}]}`,
      422,
      '/lines/0/customisation',
    ],
    [
      'a customisation one level too deep',
      { currency: 'EUR', lines: [line, { ...line, customisation: nested(CUSTOMISATION_DEPTH_MAX + 1) }] },
      422,
      '/lines/1/customisation',
    ],
    ...['{"__proto__":{"a":1}}', '{"data":[{"__proto__":1}]}'].map(
      (customisation): [string, string, number, string] => [
        `the name __proto__ in ${customisation}`,
        `{"currency":"EUR","lines":[{"variantId":"${line.variantId}","quantity":1,"customisation":${customisation}}]}`,
        422,
        `/lines/0/customisation${customisation.includes('data') ? '/data/0' : ''}/__proto__`,
      ],
    ),
    ['a body of a megabyte', `{"currency":"${'E'.repeat(1_000_000)}"}`, 413],
  ];
  it.each(table)('with %s is refused and named', async (_, body, status, pointer) => {
    const response = await request('POST', '/v1/orders', {
      as: [newId('user'), 'customer'],
      body,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    const problem = await response.json<{ errors?: { pointer: string }[] }>();
    expect({ status: response.status, problem }).toMatchObject({ status });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(pointer === undefined || problem.errors?.some((error) => error.pointer === pointer)).toBe(true);
  });

  it('of another content type is refused as that, since its JSON may be quite right', async () => {
    const response = await request('POST', '/v1/orders', {
      as: [newId('user'), 'customer'],
      body: { currency: 'EUR', lines: [line] },
      headers: { 'idempotency-key': crypto.randomUUID(), 'content-type': 'text/plain' },
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ type: '/problems/unsupported-media-type' });
  });

  it('without a key, or with one that is no header text, is refused', async () => {
    const body = { currency: 'EUR', lines: [line] };
    const as: [string, 'customer'] = [newId('user'), 'customer'];
    const without = await request('POST', '/v1/orders', { as, body });
    const long = await request('POST', '/v1/orders', {
      as,
      body,
      headers: { 'idempotency-key': 'x'.repeat(256) },
    });
    expect([without.status, long.status]).toEqual([422, 422]);
    expect(await without.json()).toMatchObject({ errors: [{ in: 'header', pointer: 'Idempotency-Key' }] });
  });
});

describe('a list', () => {
  it.each(['/v1/orders', '/v1/stock', '/v1/webhook-endpoints', `/v1/orders/${newId('order')}/timeline`])(
    '%s refuses a parameter it does not know by its name, because a mistyped filter would show everything',
    async (path) => {
      const refused = await request('GET', `${path}?stat=completed`, { as: [newId('user'), 'admin'] });
      expect([refused.status, await refused.json()]).toMatchObject([
        422,
        { errors: [{ in: 'query', pointer: '/stat' }] },
      ]);
    },
  );
});

describe('who may do what', () => {
  it('hides the orders of others behind a 404 on every route, and leaves nothing behind for unknown ids', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const stranger = newId('user');
    for (const id of [order.id, newId('order')]) {
      for (const [method, path] of [
        ['GET', `/v1/orders/${id}`],
        ['GET', `/v1/orders/${id}/timeline`],
        ['POST', `/v1/orders/${id}/cancel`],
      ] as const) {
        const response = await request(method, path, {
          as: [stranger, 'customer'],
          ...(method === 'POST' ? { body: {} } : {}),
        });
        expect([path, response.status]).toEqual([path, 404]);
      }
    }
    const unknown = newId('order');
    await request('POST', `/v1/orders/${unknown}/cancel`, { as: [stranger, 'operator'], body: {} });
    await request('POST', `/v1/orders/${unknown}/retry`, { as: [stranger, 'operator'] });
    const tables = await runInDurableObject(namespaces.ORDER.getByName(unknown), (_, state) =>
      state.storage.sql.exec('SELECT count(*) AS n FROM sqlite_master').one(),
    );
    expect(tables).toEqual({ n: 0 });
    expect((await request('GET', '/v1/orders/nonsense', { as: [stranger, 'customer'] })).status).toBe(422);
  });

  const denied: [string, string, 'customer' | 'support' | 'operator' | null, number][] = [
    ['GET', '/v1/orders', null, 401],
    ['POST', '/v1/orders', 'support', 403],
    ['POST', `/v1/orders/${newId('order')}/cancel`, 'support', 403],
    ['POST', `/v1/orders/${newId('order')}/retry`, 'customer', 403],
    ['GET', '/v1/stock/any', 'customer', 403],
    ['PUT', '/v1/stock/any', 'support', 403],
    ['GET', '/v1/dead-letters/purchase', 'support', 403],
    ['POST', '/v1/dead-letters/purchase/dl_1/replay', 'support', 403],
    ['GET', `/v1/stock/${crypto.randomUUID()}`, 'operator', 404],
    ['POST', '/v1/dead-letters/purchase/dl_1/replay', 'operator', 404],
  ];
  it.each(denied)('%s %s as %s answers %i', async (method, path, role, status) => {
    const response = await request(method, path, role === null ? {} : { as: [newId('user'), role] });
    expect(response.status).toBe(status);
  });

  it('lets staff list everybody’s orders and filter them, and a customer only their own', async () => {
    const [one, two] = [newId('user'), newId('user')];
    const thing = await variant();
    const lines = [{ variantId: thing.variantId, quantity: 1 }];
    for (let n = 0; n < 3; n += 1) await place(one, { lines });
    await place(two, { lines });
    const list = async (query: string, as: [string, 'customer' | 'support']) => {
      const response = await request('GET', `/v1/orders?${query}`, { as });
      return { response, page: orderPageSchema.safeParse(await response.json()).data };
    };
    const staff: [string, 'support'] = [newId('user'), 'support'];
    const first = await list(`customerId=${one}&limit=2`, staff);
    expect(first.page?.items).toHaveLength(2);
    expect(first.response.headers.get('link')).toContain('rel="next"');
    const second = await list(`customerId=${one}&limit=2&cursor=${first.page?.next}`, staff);
    expect(second.page?.items).toHaveLength(1);
    expect(second.page?.next).toBeNull();
    const ids = [...(first.page?.items ?? []), ...(second.page?.items ?? [])].map((order) => order.id);
    expect(ids).toEqual([...new Set(ids)].sort().toReversed());
    expect((await list(`customerId=${one}&state=completed`, staff)).page?.items).toEqual([]);
    expect((await list(`customerId=${one}`, [two, 'customer'])).response.status).toBe(403);
    expect((await list('cursor=nonsense', [two, 'customer'])).response.status).toBe(400);
    expect((await list('', [two, 'customer'])).page?.items).toHaveLength(1);
  });

  it('answers 304 while nothing changed, and hides the client secret from staff', async () => {
    const thing = await variant();
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const as: [string, 'customer'] = [order.customerId, 'customer'];
    const first = await request('GET', `/v1/orders/${order.id}`, { as });
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toBe(`"${order.version}"`);
    const second = await request('GET', `/v1/orders/${order.id}`, { as, headers: { 'if-none-match': etag } });
    expect(second.status).toBe(304);
    const staff = await request('GET', `/v1/orders/${order.id}`, { as: [newId('user'), 'support'] });
    expect(await staff.json()).toMatchObject({ payment: { clientSecret: '' } });
  });

  it('lets a customer cancel until the money is collected, without a body and more than once', async () => {
    const thing = await stocked(1);
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const as: [string, 'customer'] = [order.customerId, 'customer'];
    const cancel = (body?: object) => request('POST', `/v1/orders/${order.id}/cancel`, { as, body });
    expect((await cancel({ reason: 'changed my mind', extra: 1 })).status).toBe(422);
    expect((await cancel({ reason: 'changed my mind' })).status).toBe(200);
    const ended = await until(order, 'cancelled');
    expect(ended.reason).toEqual({
      code: 'cancelled_by_customer',
      text: 'Cancelled at the customer’s request: changed my mind',
    });
    expect((await cancel()).status).toBe(200);
    expect(await payments.paymentOf(order.id)).toMatchObject({ state: 'cancelled' });
    expect(await stockOf(thing.sku)).toMatchObject({ onHand: 1, held: 0 });
    const keys = (await effectsOf(order.id)).map((effect) => effect.key);
    expect(keys.filter((key) => key.startsWith('mail:'))).toEqual(['mail:placed', 'mail:cancelled']);
  });

  it('lets an operator count stock', async () => {
    const sku = `SKU-${crypto.randomUUID()}`;
    const as: [string, 'operator'] = [newId('user'), 'operator'];
    const put = (body: unknown) => request('PUT', `/v1/stock/${sku}`, { as, body });
    expect(await (await put({ onHand: 7 })).json()).toMatchObject({ sku, onHand: 7, held: 0, available: 7 });
    expect((await put({ onHand: -1 })).status).toBe(422);
    expect((await put({ onHand: 1, more: 1 })).status).toBe(422);
    const read = await request('GET', `/v1/stock/${sku}`, { as });
    expect(await read.json()).toMatchObject({ onHand: 7 });
  });
});
