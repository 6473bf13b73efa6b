import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { productPageSchema, type ProductSummary } from '#shared/contracts/http/products.ts';
import { searchPageSchema } from '#shared/contracts/http/search.ts';
import { encodeCursor } from '#shared/http/cursor.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { ListFilters } from './domain/list-filters.ts';
import type { Env } from './env.ts';
import { LIST_FILTERS_MAX, RARE_PRODUCTS_MAX } from './limits.ts';
import { listDocuments, type ListPosition, type ProductSort } from './queries/list-documents.ts';
import {
  create,
  customer,
  get,
  operator,
  problemOf,
  productInput,
  send,
  unique,
} from './testing/requests.ts';

beforeAll(migrateDatabases);

const listed = async (query: string, headers: Record<string, string> = {}): Promise<ProductSummary[]> => {
  const answer = await get(`/v1/products?${query}`, headers);
  expect([query, answer.status]).toEqual([query, 200]);
  return productPageSchema.parse(await answer.json()).items;
};
const handles = async (query: string): Promise<string[]> =>
  (await listed(query)).map(({ handle }) => handle).sort();

async function newType(): Promise<string> {
  const handle = unique('type');
  const attributes = [
    { key: 'memory', title: 'Memory', type: 'number', unit: 'GB' },
    { key: 'touch', title: 'Touch', type: 'boolean' },
    { key: 'colour', title: 'Colour', type: 'enum', options: ['black', 'Sílver'] },
    { key: 'released', title: 'Released', type: 'date' },
    { key: 'secret', title: 'Secret', type: 'text', filterable: false },
    { key: 'counted', title: 'Counted', type: 'enum', options: ['x'], filterable: false, facet: true },
    { key: 'size', title: 'Size', type: 'number', filterable: false, facet: true },
  ];
  const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
  expect((await send('POST', '/v1/product-types', { handle, title: 'T', attributes }, headers)).status).toBe(
    201,
  );
  return handle;
}

describe('filters', () => {
  it('narrow a list by any attribute: values of one widen each other, attributes narrow each other', async () => {
    const productType = await newType();
    const make = async (attributes: object) =>
      (await create(productInput({ productType, attributes }))).product.handle;
    const a = await make({
      memory: 8,
      touch: true,
      colour: 'black',
      released: '2026-01-31',
      secret: 'x',
      counted: 'x',
      size: 3,
    });
    const b = await make({ memory: 16, touch: false, colour: 'Sílver', released: '2026-06-30' });
    const c = await make({ memory: 32.5, colour: 'black' });
    /** The same whether it is listed, listed by words or searched. */
    const of = async (...filters: string[]): Promise<string[]> => {
      const query = [`type:${productType}`, ...filters]
        .map((text) => `filter=${encodeURIComponent(text)}`)
        .join('&');
      const found = await handles(query);
      expect(await handles(`${query}&q=product`), `${query} by words`).toEqual(found);
      const searched = await get(`/v1/search?${query}&limit=100`, await operator());
      const { items } = searchPageSchema.parse(await searched.json());
      expect(items.map(({ product }) => product.handle).sort(), `${query} searched`).toEqual(found);
      return found;
    };
    expect(await of()).toEqual([a, b, c].sort());
    expect(await of('attr.colour:black')).toEqual([a, c].sort());
    expect(await of('attr.colour:SILVER')).toEqual([b]);
    expect(await of('attr.colour:black', 'attr.colour:silver', 'attr.touch:true')).toEqual([a]);
    expect(await of('attr.memory:8..32')).toEqual([a, b].sort());
    expect(await of('attr.memory:32..')).toEqual([c]);
    expect(await of('attr.memory:16', 'attr.memory:32.5')).toEqual([b, c].sort());
    expect(await of('attr.memory:16..16')).toEqual([b]);
    expect(await of('attr.released:2026-01-31..2026-06-30')).toEqual([a]);
    expect(await of('attr.released:2026-06-30..')).toEqual([b]);
    expect(await of('attr.released:2026-06-30')).toEqual([b]);
    expect(await of('attr.released:2026')).toEqual([a, b].sort());
    expect(await of('attr.released:2025')).toEqual([]);
    expect(await of('price:1900')).toEqual([a, b, c].sort());
    expect(await of('price:1900', 'attr.touch:false')).toEqual([b]);
    expect(await of('price:much')).toEqual([]);
    expect(await of('attr.secret:x')).toEqual([]);
    expect(await of('attr.counted:x', 'attr.size:1..5')).toEqual([a]);
    expect(await of('memory:8..32')).toEqual([]);
    expect(await of('nobody:knows')).toEqual([]);
  });

  it.each([
    'filter=x',
    'filter=:y',
    'filter=x:',
    `${'filter=a:b&'.repeat(16)}limit=1`,
    'fields=title,nothing',
    'expand=all',
    'ids=',
    `ids=${'x,'.repeat(100)}x`,
  ])('%s is refused, not guessed at', async (query) => {
    expect((await get(`/v1/products?${query}`)).status).toBe(422);
  });

  it.each([
    ['filter=attr.released:2026-02-31..', '/filter'],
    ['filter=attr.released:2026-01-01..2026-04-31', '/filter'],
    ['filter=attr.released:2026-13-01', '/filter'],
    ['filter=kind:licence&filter=attr.released:..2026-02-30', '/filter/1'],
  ])('%s names a day that does not exist and is refused by its place', async (query, pointer) => {
    for (const path of ['/v1/products', '/v1/products?q=a', '/v1/search']) {
      const answer = await get(`${path}${path.includes('?') ? '&' : '?'}${query}`);
      expect(await answer.json()).toMatchObject({ status: 422, errors: [{ in: 'query', pointer }] });
    }
    expect(await listed(`filter=tag:2026-02-31`)).toEqual([]);
  });

  it.each([
    ['filter=availability:1..2', '/filter'],
    ['filter=availability:..', '/filter'],
    ['filter=kind:licence&filter=Availability:2026-01-01..', '/filter/1'],
  ])('%s is a range of words and is refused by its place', async (query, pointer) => {
    for (const path of ['/v1/products?', '/v1/products?q=a&', '/v1/search?']) {
      const answer = await get(`${path}${query}`);
      expect(await answer.json()).toMatchObject({ status: 422, errors: [{ in: 'query', pointer }] });
    }
  });

  it.each(['0012', '0029', '0099', '9998', '9999'])('of the year %s find its days', async (year) => {
    const productType = await newType();
    const attributes = { released: `${year}-12-31` };
    const { product } = await create(productInput({ productType, attributes }));
    const found = await handles(`filter=type:${productType}&filter=attr.released:${year}`);
    expect(found).toEqual([product.handle]);
  });

  it('answer some page to whatever anybody asks, within what a statement takes', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    const range = fc.constantFrom(
      '..',
      '1..',
      '..1',
      '1..1',
      '2..1',
      '-1.5..9',
      '2026-01-01..',
      '2026-13-45..',
      '5',
      'x',
    );
    const filter = fc.tuple(
      fc.oneof(fc.constantFrom('price', 'availability', 'attr.a', 'kind'), text),
      fc.oneof(range, text),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(filter, { maxLength: 15 }),
        fc.constantFrom('newest', 'price', 'title'),
        async (filters, sort) => {
          const parameters = new URLSearchParams(
            filters.map(([facet, value]) => ['filter', `${facet}:${value}`]),
          );
          parameters.set('sort', sort);
          const { status } = await get(`/v1/products?${parameters.toString()}`);
          expect([200, 422]).toContain(status);
        },
      ),
      { numRuns: 40 },
    );
    const years = Array.from(
      { length: LIST_FILTERS_MAX },
      (_, n) => `filter=attr.k${n}:00${12 + 2 * n}&`,
    ).join('');
    const others = 'kind=licence&collection=2002&tag=2004&vendor=2006&available=true&priceMin=1&priceMax=2';
    const cursor = encodeCursor({ sort: 'price', key: 7, id: 'x' });
    expect(await listed(`${years}${others}&sort=price&limit=100&cursor=${cursor}`)).toEqual([]);
  });
});

describe('a page', () => {
  it('has products by id, handle and SKU in the order they were named, each once', async () => {
    const [one, two, hidden] = [
      await create(productInput()),
      await create(productInput()),
      await create(productInput({ status: 'draft' })),
    ];
    const named = `ids=${two.product.handle},${hidden.product.id},nobody,${one.product.id},${two.product.id}`;
    expect((await listed(named)).map(({ id }) => id)).toEqual([two.product.id, one.product.id]);
    const skus = [one, two]
      .map(({ product }) => `sku=${encodeURIComponent(product.variants[0]?.sku ?? '')}`)
      .join('&');
    expect((await listed(`${skus}&sku=none`)).map(({ id }) => id)).toEqual([one.product.id, two.product.id]);
    expect((await listed(named, await operator())).map(({ id }) => id)).toContain(hidden.product.id);
  });

  it('has the members asked for and the id, as a product has', async () => {
    const { product } = await create(productInput());
    const page = (await (await get(`/v1/products?ids=${product.id}&fields=title,image`)).json()) as {
      items: object[];
    };
    expect(page.items).toEqual([{ id: product.id, title: product.title, image: null }]);
    expect(await (await get(`/v1/products/${product.id}?fields=handle`)).json()).toEqual({
      id: product.id,
      handle: product.handle,
    });
  });

  it('has what each product costs the caller now, by price lists of his group too, and how available it is', async () => {
    const headers = await operator();
    const variants = [900, 1900].map((amount, n) => ({
      sku: unique('sku'),
      prices: [{ amount, currency: 'EUR' }],
      options: { Size: String(n) },
      stockTracked: true,
      onHand: n * 2,
    }));
    const { product } = await create(productInput({ variants, optionNames: ['Size'] }));
    const { product: dollars } = await create(
      productInput({ variants: [{ sku: unique(), prices: [{ amount: 5, currency: 'USD' }] }] }),
    );
    const listPrice = async (groups: string[], variant: number, amount: number, dates = {}) => {
      const list = { title: 'Sale', currency: 'EUR', groups, ...dates };
      const made = await send('POST', '/v1/price-lists', list, {
        ...headers,
        'idempotency-key': crypto.randomUUID(),
      });
      const { id } = (await made.json()) as { id: string };
      const entries = [{ variantId: product.variants[variant]?.id, amount, compareAt: 2000 }];
      const put = { ...headers, 'if-match': '*' };
      expect((await send('PUT', `/v1/price-lists/${id}/entries`, { entries }, put)).status).toBe(204);
      return id;
    };
    await listPrice([], 0, 1, { endsAt: '2020-01-01T00:00:00.000Z' });
    const sale = await listPrice([], 0, 800);
    const business = await listPrice(['business'], 1, 700);
    const query = `ids=${product.id},${dollars.id}&expand=price&currency=EUR`;
    const [first, second] = await listed(query);
    expect([first?.availability, first?.price, second?.price]).toMatchObject([
      'low_stock',
      {
        variantId: product.variants[0]?.id,
        unitPrice: { amount: 800, currency: 'EUR' },
        listPrice: { amount: 900 },
        compareAt: { amount: 2000 },
        priceSource: { list: sale },
      },
      null,
    ]);
    const [forGroup] = await listed(`${query}&group=business`, headers);
    expect(forGroup?.price).toMatchObject({
      variantId: product.variants[1]?.id,
      unitPrice: { amount: 700 },
      priceSource: { list: business },
    });
    const refused = await get(`/v1/products?${query}&group=business`, await customer());
    expect([refused.status, (await problemOf(refused)).type]).toEqual([403, 'forbidden']);
  });

  it('answers schema.org’s words for a product', async () => {
    const { product } = await create(productInput({ vendor: 'Acme', seo: { description: 'For machines' } }));
    const answer = await get(`/v1/products/${product.handle}/json-ld?currency=EUR`);
    expect([answer.headers.get('content-type'), answer.headers.get('etag') !== null]).toEqual([
      'application/ld+json',
      true,
    ]);
    expect(await answer.json()).toMatchObject({
      '@context': 'https://schema.org',
      '@type': 'Product',
      name: product.title,
      description: 'For machines',
      brand: { name: 'Acme' },
      offers: [
        {
          '@type': 'Offer',
          sku: product.variants[0]?.sku,
          price: '19.00',
          priceCurrency: 'EUR',
          availability: 'https://schema.org/InStock',
        },
      ],
    });
    expect(await (await get(`/v1/products/${product.handle}/json-ld?currency=JPY`)).json()).toMatchObject({
      offers: [],
    });
    expect((await get('/v1/products/nobody/json-ld')).status).toBe(404);
  });
});

/** Rows of a list, written where lists are read from. */
const database = () => workerEnv<Env>().SEARCH_DB;
const idOf = (n: number) => `prod_${n.toString(16).padStart(32, '0')}`;
const insert = (
  status: string,
  rows: readonly { n: number; title: string; amount: number; labels: string[] }[],
) => {
  const json = JSON.stringify(rows.map((row) => ({ ...row, id: idOf(row.n) })));
  const each = 'FROM json_each(?1) AS r';
  return database().batch(
    [
      `INSERT OR IGNORE INTO documents (id, revision, write_token, status, kind, vendor, availability, title_key, summary)
       SELECT r.value->>'id', 1, '', '${status}', 'licence', '', 'unlimited', r.value->>'title', '{}' ${each}`,
      `INSERT OR IGNORE INTO document_prices (currency, amount, id) SELECT 'EUR', r.value->>'amount', r.value->>'id' ${each}`,
      `INSERT OR IGNORE INTO document_labels (label, id) SELECT l.value, r.value->>'id' ${each}, json_each(r.value, '$.labels') AS l`,
    ].map((sql) => database().prepare(sql).bind(json)),
  );
};
const remove = (ids: readonly number[]) =>
  database().batch(
    ['documents', 'document_prices', 'document_labels'].map((table) =>
      database()
        .prepare(`DELETE FROM ${table} WHERE id IN (SELECT value FROM json_each(?1))`)
        .bind(JSON.stringify(ids.map(idOf))),
    ),
  );

const filtersFor = (status: string, more: Partial<ListFilters> = {}): ListFilters => ({
  status: status as 'published',
  facets: [],
  availability: [],
  currency: 'EUR',
  prices: [],
  ...more,
});
const facet = (...labels: string[]) => ({ labels, key: '', ranges: [] });
const page = (filters: ListFilters, sort: ProductSort, after: ListPosition | null, limit: number) =>
  listDocuments(database().withSession('first-primary'), filters, { sort, after, limit });

describe('cursors', () => {
  const row = fc.record({
    n: fc.integer({ min: 0, max: 200 }),
    title: fc.constantFrom('a', 'b', 'c'),
    amount: fc.integer({ min: 0, max: 4 }),
    labels: fc.subarray(['even', 'odd']),
  });
  const change = fc.record({
    inserted: fc.array(row, { maxLength: 3 }),
    deleted: fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 3 }),
  });
  let runs = 0;

  it('lose and repeat no product that is there all the time, while others come and go between the pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(row, { selector: ({ n }) => n, minLength: 1, maxLength: 30 }),
        fc.array(change, { maxLength: 12 }),
        fc.constantFrom<ProductSort>('newest', 'price', '-price', 'title'),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        async (rows, changes, sort, limit, isNarrowed) => {
          const status = `run-${(runs += 1)}`;
          await remove(Array.from({ length: 201 }, (_, n) => n));
          await insert(status, rows);
          const filters = filtersFor(status, isNarrowed ? { facets: [facet('even', 'odd')] } : {});
          const steady = new Set(
            rows.filter(({ labels }) => !isNarrowed || labels.length > 0).map(({ n }) => idOf(n)),
          );
          const seen: string[] = [];
          let after: ListPosition | null = null;
          for (let turn = 0; turn < 300; turn += 1) {
            const found = await page(filters, sort, after, limit);
            seen.push(...found.map(({ position }) => position.id));
            if (found.length < limit) break;
            after = found.at(-1)?.position ?? null;
            const { inserted, deleted } = changes[turn] ?? { inserted: [], deleted: [] };
            await remove(deleted);
            for (const n of deleted) steady.delete(idOf(n));
            await insert(status, inserted);
          }
          expect(seen).toHaveLength(new Set(seen).size);
          for (const id of steady) expect(seen).toContain(id);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('answer the same by whichever way a list is read: rare sets, common ones and none', async () => {
    const status = 'ways';
    const rows = Array.from({ length: RARE_PRODUCTS_MAX + 200 }, (_, n) => ({
      n: n + 1_000,
      title: String(n % 7),
      amount: (n * 7) % 50,
      labels: ['common', ...(n % 2 === 0 ? ['half'] : []), ...(n % 100 === 0 ? ['rare'] : [])],
    }));
    await insert(status, rows);
    const combinations: ListFilters[] = [
      filtersFor(status, { facets: [facet('common')] }),
      filtersFor(status, { facets: [facet('rare'), facet('common')] }),
      filtersFor(status, {
        facets: [facet('common'), facet('half', 'nothing')],
        prices: [{ from: 10, to: 20 }],
      }),
      filtersFor(status, { facets: [facet('common')], prices: [{ from: 0, to: 100 }] }),
    ];
    const brute = (filters: ListFilters) =>
      rows.filter(
        ({ labels, amount }) =>
          filters.facets.every((group) => group.labels.some((label) => labels.includes(label))) &&
          (filters.prices.length === 0 ||
            filters.prices.some(({ from, to }) => amount >= (from ?? 0) && amount < (to ?? 1_000))),
      );
    for (const filters of combinations)
      for (const sort of ['newest', 'price', '-price', 'title'] as const) {
        const found = (await page(filters, sort, null, 2_000)).map(({ position }) => position.id);
        expect([sort, [...found].sort()]).toEqual([
          sort,
          brute(filters)
            .map(({ n }) => idOf(n))
            .sort(),
        ]);
        const [, , third] = await page(filters, sort, null, 3);
        const rest = await page(filters, sort, third?.position ?? null, 2_000);
        expect(rest.map(({ position }) => position.id)).toEqual(found.slice(3));
      }
  });
});
