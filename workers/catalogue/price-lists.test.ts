import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CatalogueService, ProductLists } from '#shared/contracts/catalogue.ts';
import { priceListChangePageSchema } from '#shared/contracts/http/pricing-rules.ts';
import { productPageSchema } from '#shared/contracts/http/products.ts';
import { newId } from '#shared/ids/ids.ts';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { createCatalogueApp } from './app.ts';
import { BINDINGS, type Env } from './env.ts';
import { ofCustomer } from './routes/context.ts';
import { create, get, operator, productInput, send, unique } from './testing/requests.ts';

beforeAll(migrateDatabases);

const rpc = (exports as unknown as { CatalogueRpc: CatalogueService }).CatalogueRpc;
const lists = (exports as unknown as { CatalogueRpc: ProductLists }).CatalogueRpc;
interface Entry {
  variantId: string;
  quantityMin?: number;
  amount: number;
  compareAt?: number;
}

async function priceList(
  values: Record<string, unknown>,
  entries: Entry[],
): Promise<{ id: string; etag: string }> {
  const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
  const made = await send(
    'POST',
    '/v1/price-lists',
    { title: 'Special', currency: 'EUR', ...values },
    headers,
  );
  expect(made.status).toBe(201);
  const { id } = await made.json<{ id: string }>();
  const written = await write(id, { entries });
  expect(written.status).toBe(204);
  return { id, etag: written.headers.get('etag') ?? '' };
}
const write = async (id: string, body: unknown, ifMatch = '*') =>
  send('PUT', `/v1/price-lists/${id}/entries`, body, { ...(await operator()), 'if-match': ifMatch });

/** Whose the token is. */
const actorOf = ({ authorization = '' }: Record<string, string>): unknown =>
  (
    JSON.parse(atob(authorization.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '')) as {
      sub: string;
    }
  ).sub;

/** A variant at 19.00 EUR, struck through at 25.00. */
async function variant(): Promise<string> {
  const { product } = await create(
    productInput({
      variants: [
        {
          sku: unique('sku'),
          prices: [{ amount: 1_900, currency: 'EUR' }],
          compareAtPrices: [{ amount: 2_500, currency: 'EUR' }],
        },
      ],
    }),
  );
  return product.variants[0]?.id ?? '';
}
async function priceOf(variantId: string, quantity = 1, groups: string[] = []) {
  const answer = await rpc.resolveVariants(
    { requestId: 'price-list-test' },
    { items: [{ variantId, quantity }], currency: 'EUR', groups },
  );
  const found = answer.ok ? answer.value.variants[0] : undefined;
  return found === undefined
    ? null
    : { unit: found.unitPrice.amount, list: found.listPrice.amount, source: found.priceSource };
}

describe('a price list', () => {
  it('counts for its group and from its quantity on, and says so', async () => {
    const variantId = await variant();
    const { id } = await priceList({ title: 'Business', groups: ['business'] }, [
      { variantId, amount: 1_700 },
      { variantId, quantityMin: 10, amount: 1_500 },
    ]);
    expect(await priceOf(variantId, 50)).toMatchObject({ unit: 1_900, source: { list: 'base' } });
    expect(await priceOf(variantId, 9, ['friends', 'business'])).toEqual({
      unit: 1_700,
      list: 1_900,
      source: { list: id, reason: 'Business: for your customer group' },
    });
    expect(await priceOf(variantId, 10, ['business'])).toMatchObject({
      unit: 1_500,
      source: { reason: 'Business: for your customer group, from 10 units' },
    });
  });

  it('counts only in its time and while it is not archived', async () => {
    const variantId = await variant();
    await priceList({ startsAt: '2999-01-01T00:00:00Z' }, [{ variantId, amount: 1 }]);
    await priceList({ endsAt: '2020-01-01T00:00:00Z' }, [{ variantId, amount: 2 }]);
    const { id } = await priceList({}, [{ variantId, amount: 1_000 }]);
    expect((await priceOf(variantId))?.unit).toBe(1_000);
    await send('DELETE', `/v1/price-lists/${id}`, undefined, await operator());
    expect((await priceOf(variantId))?.unit).toBe(1_900);
    expect((await write(id, { entries: [] })).status).toBe(404);
  });

  it('never makes anything dearer, and the best of several wins', async () => {
    const variantId = await variant();
    await priceList({}, [{ variantId, amount: 5_000 }]);
    expect((await priceOf(variantId))?.unit).toBe(1_900);
    const { id } = await priceList({}, [{ variantId, amount: 1_200 }]);
    await priceList({}, [{ variantId, amount: 1_300 }]);
    expect(await priceOf(variantId)).toMatchObject({ unit: 1_200, source: { list: id } });
  });

  it('can be the only price of a variant in its currency, and moves to another currency whole', async () => {
    const variantId = await variant();
    const { id, etag } = await priceList({ currency: 'USD' }, [{ variantId, amount: 2_000 }]);
    const inUsd = async () => {
      const input = { items: [{ variantId, quantity: 1 }], currency: 'USD' as const };
      const answer = await rpc.resolveVariants({ requestId: 'price-list-test' }, input);
      return answer.ok ? (answer.value.variants[0]?.unitPrice.amount ?? null) : null;
    };
    expect(await inUsd()).toBe(2_000);
    const headers = { ...(await operator()), 'if-match': etag };
    await send('PUT', `/v1/price-lists/${id}`, { title: 'Special', currency: 'CAD' }, headers);
    expect(await inUsd()).toBeNull();
  });

  it('is written whole or not at all, repeated safely, and read page by page', async () => {
    const [one, two] = [await variant(), await variant()];
    const { id } = await priceList({}, []);
    const strange = newId('variant');
    const refused = await write(id, {
      entries: [
        { variantId: one, amount: 1 },
        { variantId: strange, amount: 1 },
      ],
    });
    expect(refused.status).toBe(422);
    expect((await refused.json<{ errors: { pointer: string }[] }>()).errors[0]?.pointer).toBe(
      '/entries/1/variantId',
    );
    const entries = [one, two].map((variantId) => ({ variantId, amount: 500 }));
    await write(id, { entries });
    await write(id, { entries });
    const page = async (query: string) => {
      const response = await send(
        'GET',
        `/v1/price-lists/${id}/entries${query}`,
        undefined,
        await operator(),
      );
      return response.json<{ items: { variantId: string }[]; next: string | null }>();
    };
    const first = await page('?limit=1');
    const second = await page(`?limit=1&cursor=${first.next ?? ''}`);
    expect([...first.items, ...second.items].map(({ variantId }) => variantId)).toEqual(
      [one, two].toSorted(),
    );
    expect(second.next).toBeNull();
    await write(id, { entries: [], remove: [{ variantId: one, quantityMin: 1 }] });
    expect((await page('')).items.map(({ variantId }) => variantId)).toEqual([two]);
  });

  it('takes a write only on the version it was decided on, and tells who changed which price from what to what', async () => {
    const [one, two] = [await variant(), await variant()];
    const { id, etag } = await priceList({}, []);
    const path = `/v1/price-lists/${id}`;
    const put = async (body: unknown, headers: Record<string, string>) =>
      send('PUT', `${path}/entries`, body, headers);
    const clerk = await operator();
    const first = { entries: [{ variantId: one, amount: 500, compareAt: 900 }] };
    expect((await put(first, clerk)).status).toBe(428);
    const made = await put(first, { ...clerk, 'if-match': etag });
    expect([made.status, made.headers.get('etag')]).toEqual([204, '"2"']);
    // Repeated after its answer was lost.
    const again = await put(first, { ...clerk, 'if-match': etag });
    expect([again.status, again.headers.get('etag')]).toEqual([204, '"2"']);
    const other = await operator();
    const late = { entries: [{ variantId: two, amount: 7 }] };
    expect((await put(late, { ...other, 'if-match': etag })).status).toBe(412);
    const page = await send('GET', `${path}/entries`, undefined, other);
    expect([page.headers.get('etag'), (await page.json<{ items: unknown[] }>()).items.length]).toEqual([
      '"2"',
      1,
    ]);
    const second = { ...late, remove: [{ variantId: one, quantityMin: 1 }] };
    expect((await put(second, { ...other, 'if-match': '"2"' })).status).toBe(204);
    const input = { title: 'Renamed', currency: 'EUR' };
    expect((await send('PUT', path, input, { ...clerk, 'if-match': '"3"' })).status).toBe(200);

    const changes = async (query: string) => {
      const answer = await send('GET', `${path}/changes${query}`, undefined, clerk);
      return priceListChangePageSchema.parse(await answer.json());
    };
    const { items, next } = await changes('?limit=3');
    const rest = await changes(`?limit=3&cursor=${next ?? ''}`);
    const [byClerk, byOther] = [actorOf(clerk), actorOf(other)];
    expect([...items, ...rest.items]).toMatchObject([
      { of: 'list', version: 4, actorId: byClerk, from: { title: 'Special' }, to: { title: 'Renamed' } },
      {
        of: 'price',
        version: 3,
        actorId: byOther,
        variantId: one,
        from: { amount: 500, compareAt: 900 },
        to: null,
      },
      {
        of: 'price',
        version: 3,
        actorId: byOther,
        variantId: two,
        from: null,
        to: { amount: 7, compareAt: null },
      },
      {
        of: 'price',
        version: 2,
        actorId: byClerk,
        variantId: one,
        quantityMin: 1,
        from: null,
        to: { amount: 500 },
      },
      { of: 'list', version: 1, from: null, to: { status: 'active', title: 'Special', startsAt: null } },
    ]);
    expect(rest.next).toBeNull();
  });

  it('refuses a struck-through price that is not higher, and a price named twice', async () => {
    const variantId = await variant();
    const { id } = await priceList({}, []);
    for (const [body, pointer] of [
      [{ entries: [{ variantId, amount: 5, compareAt: 5 }] }, '/entries/0/compareAt'],
      [{ entries: [{ variantId, amount: 5 }], remove: [{ variantId, quantityMin: 1 }] }, '/remove/0'],
    ] as const)
      expect(await (await write(id, body)).json()).toMatchObject({ status: 422, errors: [{ pointer }] });
  });

  it('costs one round trip whatever there are of lists', async () => {
    const variantId = await variant();
    for (let n = 0; n < 5; n += 1) await priceList({}, [{ variantId, amount: 1_000 + n }]);
    expect((await priceOf(variantId))?.unit).toBe(1_000);
  });
});

describe('a list for one customer', () => {
  const listed = async (query: string, groups: string[]) => {
    const answer = await lists.listFor({ requestId: 'list-for-1' }, { query, languages: 'de', groups });
    expect([answer.status, answer.headers.get('cache-control')]).toMatchObject([
      200,
      expect.stringContaining('private'),
    ]);
    const { items } = productPageSchema.parse(await answer.json());
    return items.map(({ price }) => price?.unitPrice.amount);
  };

  it('has the prices of his groups beside each product, and never gives them to anybody else', async () => {
    const tag = unique('tag');
    const { product } = await create(
      productInput({
        tags: [tag],
        variants: [{ sku: unique('sku'), prices: [{ amount: 1_900, currency: 'EUR' }] }],
      }),
    );
    await priceList({ title: 'Dealers', groups: ['dealers'] }, [
      { variantId: product.variants[0]?.id ?? '', amount: 1_700 },
    ]);
    const query = `tag=${tag}&expand=price&currency=EUR`;
    const everybody = async () => {
      const answer = await get(`/v1/products?${query}`);
      expect(answer.headers.get('cache-control')).toContain('public');
      return productPageSchema.parse(await answer.json()).items.map(({ price }) => price?.unitPrice.amount);
    };
    for (let round = 0; round < 2; round += 1) {
      expect(await listed(query, ['dealers'])).toEqual([1_700]);
      expect(await everybody()).toEqual([1_900]);
      expect(await listed(query, ['others'])).toEqual([1_900]);
      expect(await listed(`ids=${product.handle}&expand=price`, ['dealers'])).toEqual([1_700]);
    }
  });

  it('has a price of each variant where that is asked, of lists or its own', async () => {
    const sku = unique('sku');
    const priced = (name: string, amount: number) => ({
      sku: `${sku}-${name}`,
      options: { size: name },
      prices: [{ amount, currency: 'EUR' }],
    });
    const { product } = await create(
      productInput({
        optionNames: ['size'],
        variants: [
          priced('L', 3_000),
          priced('S', 1_000),
          { ...priced('US', 1), prices: [{ amount: 5, currency: 'USD' }] },
        ],
      }),
    );
    const [large, small] = product.variants;
    await priceList({ groups: ['dealers'] }, [{ variantId: large?.id ?? '', amount: 2_000 }]);
    const query = `ids=${product.id}&expand=variants&currency=EUR`;
    const pricesFor = async (groups: string[]) => {
      const answer = await lists.listFor({ requestId: 'list-for-3' }, { query, languages: '', groups });
      const [item] = productPageSchema.parse(await answer.json()).items;
      expect(item?.price?.variantId).toBe(small?.id);
      return item?.variantPrices?.map(({ variantId, unitPrice }) => [variantId, unitPrice.amount]);
    };
    expect(await pricesFor(['dealers'])).toEqual([
      [large?.id, 2_000],
      [small?.id, 1_000],
    ]);
    expect(await pricesFor([])).toEqual([
      [large?.id, 3_000],
      [small?.id, 1_000],
    ]);
  });

  it('refuses what the list refuses, and shows no more than a customer may see', async () => {
    for (const [query, status] of [
      ['limit=0', 422],
      ['nonsense=1', 422],
      ['cursor=x', 400],
      ['status=draft', 403],
      ['group=dealers&expand=price', 403],
    ] as const) {
      const answer = await lists.listFor(
        { requestId: 'list-for-2' },
        { query, languages: '', groups: ['dealers'] },
      );
      expect([query, answer.status]).toEqual([query, status]);
    }
  });

  it('costs two round trips at most, whatever is cached', async () => {
    const costs = newCosts();
    const context = createExecutionContext();
    const request = ofCustomer(new Request('https://shop.test/v1/products?expand=price&limit=5&sort=title'), [
      'dealers',
    ]);
    const answer = await createCatalogueApp().fetch(
      request,
      meterEnv(workerEnv<Env>(), BINDINGS, costs),
      context,
    );
    await answer.text();
    await waitOnExecutionContext(context);
    expect(costs.d1).toBeLessThanOrEqual(2);
  });
});
