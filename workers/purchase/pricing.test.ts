import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { add, checkout, customer, problemOf, quote } from './testing/carts.ts';
import {
  openShop,
  OPERATOR,
  orderOf,
  place,
  postOrder,
  read,
  request,
  stocked,
  stockOf,
  until,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

interface Answer {
  status: number;
  etag: string;
  headers: Headers;
  body: Record<string, unknown> & { id: string; errors?: { pointer: string; detail: string }[] };
}
async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  as: [string, ...Role[]] | null = OPERATOR,
): Promise<Answer> {
  const response = await request(method, path, {
    ...(as === null ? {} : { as }),
    ...(body === undefined ? {} : { body }),
    headers: { ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}), ...headers },
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag') ?? '',
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
  };
}
const percent = (ratePpm: number) => ({ type: 'percent', ratePpm });
let codes = 0;
/** A promotion with a code nobody else uses. */
async function promotion(
  values: Record<string, unknown>,
): Promise<{ id: string; code: string; etag: string }> {
  codes += 1;
  const code = `CODE-${codes}`;
  const made = await send('POST', '/v1/promotions', { title: code, ...values });
  expect(made.status).toBe(201);
  const added = await send('POST', `/v1/promotions/${made.body.id}/codes`, { codes: [code.toLowerCase()] });
  expect(added.status).toBe(204);
  return { id: made.body.id, code, etag: made.etag };
}
const usesOf = async (id: string): Promise<unknown> =>
  (await send('GET', `/v1/promotions/${id}/uses`)).body['used'];
const ADDRESS = { name: 'N', line1: 'L', postalCode: '1', city: 'C' };
/** Countries nobody else in this file uses. */
const country = (n: number): string => `X${String.fromCharCode(65 + n)}`;
const boxed = { fulfilment: { template: 'parcel' as const, weightGrams: 400 }, kind: 'physical' as const };

describe('an order with a promotion', () => {
  it('costs less by just what the promotion gives, and says so line by line', async () => {
    const { id, code } = await promotion({ effect: percent(100_000) });
    const thing = await variant({ unitPrice: { amount: 1_999, currency: 'EUR' } });
    const order = await place(newId('user'), {
      lines: [{ variantId: thing.variantId, quantity: 1 }],
      codes: [` ${code.toLowerCase()} `],
    });
    expect(order.total.amount).toBe(1_799);
    expect(order.lines[0]?.total.amount).toBe(1_799);
    expect(order.price?.promotions).toEqual([
      { promotionId: id, code, title: code, amount: { amount: 200, currency: 'EUR' } },
    ]);
    expect(order.payment?.authorised.amount).toBe(0);
    expect(await usesOf(id)).toBe(0);
  });

  it('is refused by the place of a code that is unknown, paused, over or archived', async () => {
    const past = { endsAt: '2020-01-01T00:00:00Z' };
    const [paused, over, archived] = await Promise.all([
      promotion({ effect: percent(100_000), status: 'paused' }),
      promotion({ effect: percent(100_000), ...past }),
      promotion({ effect: percent(100_000) }),
    ]);
    expect((await send('DELETE', `/v1/promotions/${archived.id}`)).status).toBe(204);
    const thing = await variant();
    const asked = ['NOBODY', paused.code, over.code, archived.code];
    const response = await postOrder(newId('user'), {
      lines: [{ variantId: thing.variantId, quantity: 1 }],
      codes: asked,
    });
    expect(response.status).toBe(422);
    const { errors } = await response.json<{ errors: { pointer: string }[] }>();
    expect(errors.map(({ pointer }) => pointer)).toEqual(asked.map((_, index) => `/codes/${index}`));
  });

  it('takes a use of a limited one, once, and gives it back with the stock when it is cancelled', async () => {
    const { id, code } = await promotion({ effect: percent(500_000), limitTotal: 1 });
    const thing = await stocked(5);
    const body = { lines: [{ variantId: thing.variantId, quantity: 1 }], codes: [code] };
    const order = await place(newId('user'), body);
    expect(await usesOf(id)).toBe(1);
    const refused = await postOrder(newId('user'), body);
    expect(refused.status).toBe(409);
    const problem = await refused.json<{ type: string; orderId: string; errors: { pointer: string }[] }>();
    expect(problem.type).toContain('promotion-used-up');
    expect(problem.errors[0]?.pointer).toBe('/codes/0');
    await vi.waitFor(async () => expect((await stockOf(thing.sku))?.held).toBe(1));
    await request('POST', `/v1/orders/${order.id}/cancel`, {
      as: [order.customerId, 'customer'],
      body: {},
    });
    await until(order, 'cancelled');
    expect(await usesOf(id)).toBe(0);
    expect((await place(newId('user'), body)).price?.discountTotal.amount).toBeGreaterThan(0);
  });

  it('is one of exactly ten when forty buyers use a code with ten uses at once, whatever becomes of the others', async () => {
    const { id, code } = await promotion({ effect: percent(500_000), limitTotal: 10 });
    const thing = await variant();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        postOrder(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }], codes: [code] }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(10);
    expect(statuses.filter((status) => status === 409)).toHaveLength(30);
    expect(await usesOf(id)).toBe(10);
  }, 60_000);

  it('may use one of its customer once, and a second order of theirs not', async () => {
    const { code } = await promotion({ effect: percent(100_000), limitPerCustomer: 1 });
    const thing = await variant();
    const customer = newId('user');
    const body = { lines: [{ variantId: thing.variantId, quantity: 1 }], codes: [code] };
    await place(customer, body);
    expect((await postOrder(customer, body)).status).toBe(409);
    expect((await postOrder(newId('user'), body)).status).toBe(201);
  });

  it('that counts by itself is passed over once it has no use left, because nobody asked for it', async () => {
    const thing = await variant({ unitPrice: { amount: 1_000, currency: 'EUR' } });
    const effect = { ...percent(100_000), lines: { variants: [thing.variantId] } };
    const made = await send('POST', '/v1/promotions', {
      title: 'Once each',
      automatic: true,
      effect,
      limitPerCustomer: 1,
    });
    const customer = newId('user');
    const body = { currency: 'EUR' as const, lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const first = await place(customer, body);
    expect(first.price?.discountTotal.amount).toBe(100);
    const notCounted = [
      {
        promotionId: made.body.id,
        code: null,
        title: 'Once each',
        detail: 'was used as often as it may be by one customer',
      },
    ];
    const preview = await send('POST', '/v1/price-preview', body, {}, [customer, 'customer']);
    expect(preview.body).toMatchObject({ price: { total: { amount: 1_000 }, notCounted } });
    const second = await place(customer, body);
    expect(second.price).toMatchObject({ discountTotal: { amount: 0 }, notCounted });
    expect((await place(newId('user'), body)).price?.discountTotal.amount).toBe(100);
    expect(await usesOf(made.body.id)).toBe(2);

    const [line] = first.lines;
    const more = await request('PATCH', `/v1/orders/${first.id}`, {
      as: [customer, 'customer'],
      headers: { 'if-match': '*' },
      body: { lines: [{ lineId: line?.id, quantity: 2 }] },
    });
    // Its own use is no other one.
    expect(await more.json()).toMatchObject({ price: { discountTotal: { amount: 200 } } });
  });

  it('that counts by itself has exactly its uses among orders placed at once, and refuses none of them', async () => {
    const thing = await variant({ unitPrice: { amount: 1_000, currency: 'EUR' } });
    const rule = (title: string, ratePpm: number, limitTotal: number | null) => ({
      title,
      automatic: true,
      effect: { ...percent(ratePpm), lines: { variants: [thing.variantId] } },
      limitTotal,
    });
    const made = await send('POST', '/v1/promotions', rule('Ten', 100_000, 10));
    const other = await send('POST', '/v1/promotions', rule('Five', 50_000, 15));
    const body = { lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const orders = await Promise.all(Array.from({ length: 40 }, () => place(newId('user'), body)));
    const given = (id: string) =>
      orders.filter(({ price }) => price?.promotions.some(({ promotionId }) => promotionId === id)).length;
    expect([given(made.body.id), given(other.body.id)]).toEqual([10, 15]);
    expect([await usesOf(made.body.id), await usesOf(other.body.id)]).toEqual([10, 15]);
    for (const { price, total, payment } of orders) {
      expect(total.amount).toBe(1_000 - (price?.discountTotal.amount ?? 0));
      expect(payment).not.toBeNull();
    }
  }, 60_000);

  it('that counted by itself in a quote and is used up since is never charged for in silence: another quote is to be shown', async () => {
    const thing = await variant({ unitPrice: { amount: 1_000, currency: 'EUR' } });
    const effect = { ...percent(100_000), lines: { variants: [thing.variantId] } };
    await send('POST', '/v1/promotions', { title: 'Last one', automatic: true, effect, limitTotal: 1 });
    const visitor = await customer();
    await add(visitor, { variantId: thing.variantId });
    const { id, price } = await quote(visitor);
    expect(price.total.amount).toBe(900);
    await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const refused = await checkout(visitor, { quoteId: id });
    expect(refused.status).toBe(409);
    expect(await problemOf(refused)).toMatchObject({
      type: '/problems/promotion-used-up',
      detail: 'Last one is used up.',
      errors: [{ pointer: '/quoteId' }],
    });
    const next = await quote(visitor);
    expect([next.id === id, next.price.total.amount]).toEqual([false, 1_000]);
    const order = await orderOf(await checkout(visitor, { quoteId: next.id }), 201);
    expect(order.total.amount).toBe(1_000);
  });

  it('for a first order is no first order the second time', async () => {
    const { code } = await promotion({ effect: percent(100_000), conditions: { firstOrder: true } });
    const thing = await variant();
    const [customer, lines] = [newId('user'), [{ variantId: thing.variantId, quantity: 1 }]];
    const first = await place(customer, { lines, codes: [code] });
    expect(first.price?.promotions).toHaveLength(1);
    const second = await postOrder(customer, { lines, codes: [code] });
    expect([409, 422]).toContain(second.status);
  });

  it('for a group counts for its members alone', async () => {
    await send('PUT', '/v1/customer-groups/friends', { title: 'Friends' });
    const { code } = await promotion({ effect: percent(100_000), conditions: { groups: ['friends'] } });
    const [member, stranger] = [newId('user'), newId('user')];
    expect((await send('PUT', `/v1/customer-groups/friends/members/${member}`)).status).toBe(204);
    const thing = await variant();
    const body = { lines: [{ variantId: thing.variantId, quantity: 1 }], codes: [code] };
    expect((await postOrder(member, body)).status).toBe(201);
    expect((await postOrder(stranger, body)).status).toBe(422);
    await send('DELETE', `/v1/customer-groups/friends/members/${member}`);
    expect((await postOrder(member, body)).status).toBe(422);
  });
});

describe('taxes and shipping', () => {
  it('follow the address of a parcel, and are told in the order', async () => {
    const [here] = [country(0)];
    await send('POST', '/v1/tax-rates', { name: 'VAT', country: here, ratePpm: 190_000 });
    const method = await send('POST', '/v1/shipping-methods', {
      title: 'Parcel',
      destinations: [{ country: here }],
      rates: [{ type: 'flat', currency: 'EUR', amount: 490, freeFrom: 5_000 }],
    });
    expect(method.status).toBe(201);
    const thing = await variant({ ...boxed, unitPrice: { amount: 1_190, currency: 'EUR' } });
    const shippingAddress = { ...ADDRESS, line2: '', country: here };
    const order = await place(newId('user'), {
      lines: [{ variantId: thing.variantId, quantity: 1 }],
      shippingAddress,
    });
    expect(order.total.amount).toBe(1_680);
    expect(order.price).toMatchObject({
      taxMode: 'inclusive',
      subtotal: { amount: 1_190 },
      shippingTotal: { amount: 490 },
      taxTotal: { amount: 190 + 78 },
      shipping: { methodId: method.body.id, title: 'Parcel' },
    });
    const shown = await read(order);
    expect(shown.lines[0]?.price.taxes).toMatchObject([{ name: 'VAT', ratePpm: 190_000, included: true }]);
  });

  it('a way that does not serve the address is refused by name, and so is a place nothing is sent to', async () => {
    const [here, there] = [country(1), country(2)];
    const method = await send('POST', '/v1/shipping-methods', {
      title: 'Parcel',
      destinations: [{ country: here }],
      rates: [{ type: 'flat', currency: 'EUR', amount: 490 }],
    });
    const thing = await variant(boxed);
    const lines = [{ variantId: thing.variantId, quantity: 1 }];
    const shippingAddress = { ...ADDRESS, line2: '', country: there };
    const pointers = async (shippingMethodId?: string) => {
      const response = await postOrder(newId('user'), {
        lines,
        shippingAddress,
        ...(shippingMethodId === undefined ? {} : { shippingMethodId }),
      });
      const { errors } = await response.json<{ errors: { pointer: string }[] }>();
      return errors.map(({ pointer }) => pointer);
    };
    expect(await pointers(method.body.id)).toEqual(['/shippingMethodId']);
    expect(await pointers()).toEqual(['/shippingAddress/country']);
  });

  it('are added where prices do not contain them, by country and region', async () => {
    const there = country(3);
    await send('PUT', '/v1/tax-modes/CAD', { mode: 'exclusive' });
    await send('POST', '/v1/tax-rates', { name: 'GST', country: there, ratePpm: 50_000, position: 1 });
    await send('POST', '/v1/tax-rates', {
      name: 'QST',
      country: there,
      region: 'QC',
      ratePpm: 99_750,
      compound: true,
      position: 2,
    });
    const thing = await variant({ unitPrice: { amount: 1_000, currency: 'CAD' } });
    const preview = (region?: string) =>
      send(
        'POST',
        '/v1/price-preview',
        {
          currency: 'CAD',
          lines: [{ variantId: thing.variantId, quantity: 1 }],
          destination: { country: there, ...(region === undefined ? {} : { region }) },
        },
        {},
        null,
      );
    expect((await preview()).body['price']).toMatchObject({ total: { amount: 1_050 }, taxMode: 'exclusive' });
    expect((await preview('QC')).body['price']).toMatchObject({ total: { amount: 1_155 } });
  });
});

describe('a price preview', () => {
  it('tells strangers what counts and what does not, and every way to send', async () => {
    const here = country(4);
    const { code } = await promotion({ effect: percent(100_000) });
    const rate = (amount: number) => [{ type: 'flat', currency: 'EUR', amount }];
    for (const [title, amount] of [['Fast', 990] as const, ['Slow', 290] as const])
      await send('POST', '/v1/shipping-methods', {
        title,
        destinations: [{ country: here }],
        rates: rate(amount),
      });
    const thing = await variant({ ...boxed, unitPrice: { amount: 1_000, currency: 'EUR' } });
    const { status, body } = await send(
      'POST',
      '/v1/price-preview',
      {
        currency: 'EUR',
        lines: [{ variantId: thing.variantId, quantity: 1 }],
        destination: { country: here },
        codes: [code, 'NOBODY'],
      },
      {},
      null,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      price: { total: { amount: 1_190 }, discountTotal: { amount: 100 }, shippingTotal: { amount: 290 } },
      shippingMethods: [{ title: 'Slow' }, { title: 'Fast' }],
      refusedCodes: [{ code: 'NOBODY' }],
    });
  });

  it('names what cannot be bought', async () => {
    const lines = [{ variantId: newId('variant'), quantity: 1 }];
    const answer = await send('POST', '/v1/price-preview', { currency: 'EUR', lines }, {}, null);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toMatchObject([{ pointer: '/lines/0/variantId' }]);
  });
});

describe('what operators set', () => {
  const PATHS = ['/v1/promotions', '/v1/tax-rates', '/v1/shipping-methods'];
  const INPUTS: Record<string, Record<string, unknown>> = {
    '/v1/promotions': { title: 'Half', effect: percent(500_000) },
    '/v1/tax-rates': { name: 'VAT', country: 'XZ', ratePpm: 1, startsAt: '2026-01-01T00:00:00Z' },
    '/v1/shipping-methods': {
      title: 'Way',
      destinations: [{ country: 'XZ' }],
      rates: [{ type: 'flat', currency: 'EUR', amount: 1 }],
    },
  };

  it.each(PATHS)('%s is made once for a key, whatever is repeated', async (path) => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send('POST', path, INPUTS[path], headers)),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter((each) => each.headers.get('idempotent-replayed') === null)).toHaveLength(1);
    const name = path === '/v1/tax-rates' ? 'name' : 'title';
    const other = await send('POST', path, { ...INPUTS[path], [name]: 'Other' }, headers);
    expect(other.body['type']).toContain('idempotency-key-reused');
  });

  it.each(PATHS)(
    '%s changes only for who has seen the present version, and is archived for good',
    async (path) => {
      const made = await send('POST', path, INPUTS[path]);
      const at = `${path}/${made.body.id}`;
      expect((await send('GET', at)).etag).toBe(made.etag);
      expect((await send('PUT', at, INPUTS[path])).status).toBe(428);
      const changes = await Promise.all(
        Array.from({ length: 5 }, () => send('PUT', at, INPUTS[path], { 'if-match': made.etag })),
      );
      expect(changes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        200, 412, 412, 412, 412,
      ]);
      expect((await send('DELETE', at, undefined, { 'if-match': made.etag })).status).toBe(412);
      expect((await send('DELETE', at)).status).toBe(204);
      expect((await send('DELETE', at)).status).toBe(204);
      expect((await send('PUT', at, INPUTS[path], { 'if-match': '*' })).status).toBe(409);
      expect((await send('GET', at)).body['status']).toBe('archived');
      const listed = await send('GET', `${path}?archived=true&limit=100`);
      expect((listed.body['items'] as { id: string }[]).map(({ id }) => id)).toContain(made.body.id);
      expect((await send('GET', `${path}/${newId('promotion')}`)).status).toBeGreaterThanOrEqual(404);
    },
  );

  it('lists page by page, each thing once', async () => {
    for (let n = 0; n < 5; n += 1) await send('POST', '/v1/tax-rates', INPUTS['/v1/tax-rates']);
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const query = next === '' ? '' : `&cursor=${next}`;
      const page: Answer = await send('GET', `/v1/tax-rates?limit=2${query}`);
      seen.push(...(page.body['items'] as { id: string }[]).map(({ id }) => id));
      next = page.body['next'] as string | null;
    }
    expect(seen.length).toBeGreaterThanOrEqual(5);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('a code stands for one promotion, and none is added when one is taken', async () => {
    const [mine, other] = await Promise.all([
      promotion({ effect: percent(1) }),
      promotion({ effect: percent(1) }),
    ]);
    const answer = await send('POST', `/v1/promotions/${mine.id}/codes`, { codes: ['FRESH-1', other.code] });
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([409, '/codes/1']);
    const codesOf = async (id: string) => (await send('GET', `/v1/promotions/${id}/codes`)).body['items'];
    expect(await codesOf(mine.id)).toEqual([mine.code]);
    await send('DELETE', `/v1/promotions/${mine.id}/codes/${mine.code}`);
    expect(await codesOf(mine.id)).toEqual([]);
    const nowhere = await send('POST', `/v1/promotions/${newId('promotion')}/codes`, { codes: ['FRESH-2'] });
    expect(nowhere.status).toBe(404);
  });

  it.each([
    ['POST', '/v1/promotions', { title: 'x', effect: percent(0) }, '/effect/ratePpm'],
    ['POST', '/v1/promotions', { title: 'x', effect: { type: 'fixed', amounts: {} } }, '/effect/amounts'],
    ['POST', '/v1/promotions', { title: 'x', effect: percent(1), more: 1 }, '/more'],
    ['POST', '/v1/tax-rates', { name: 'x', country: 'DE', ratePpm: 1_000_001 }, '/ratePpm'],
    ['POST', '/v1/shipping-methods', { title: 'x', destinations: [], rates: [] }, '/destinations'],
  ])('%s %s is refused field by field', async (method, path, body, pointer) => {
    const answer = await send(method, path, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
  });

  it.each([...PATHS, '/v1/customer-groups', '/v1/tax-modes'])('%s is for staff alone', async (path) => {
    expect((await send('GET', path, undefined, {}, null)).status).toBe(401);
    expect((await send('GET', path, undefined, {}, [newId('user'), 'customer'])).status).toBe(403);
    expect((await send('GET', path)).status).toBe(200);
  });

  it('a group goes with its members, and can be made again', async () => {
    await send('PUT', '/v1/customer-groups/passing', { title: 'Passing' });
    const member = newId('user');
    await send('PUT', `/v1/customer-groups/passing/members/${member}`);
    const members = async () => (await send('GET', '/v1/customer-groups/passing/members')).body['items'];
    expect(await members()).toEqual([member]);
    await send('DELETE', '/v1/customer-groups/passing');
    await send('PUT', '/v1/customer-groups/passing', { title: 'Again' });
    expect(await members()).toEqual([]);
    expect((await send('PUT', `/v1/customer-groups/nobody/members/${member}`)).status).toBe(404);
  });
});
