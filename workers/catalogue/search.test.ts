import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  collectionPageSchema,
  type ProductPage,
  productPageSchema,
} from '#shared/contracts/http/products.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { get, imported, operator, problemOf, productInput, unique } from './testing/requests.ts';

beforeAll(migrateDatabases);

/** Imports products under one tag; lists of this tag show them and no others. */
async function shelf(products: readonly Partial<Record<string, unknown>>[]): Promise<string> {
  const tag = unique('shelf');
  const lines = products.map((each) => {
    const { tags = [], ...rest } = each;
    return JSON.stringify({ ...productInput(rest), tags: [tag, ...(tags as string[])] });
  });
  const { created, refused } = await imported(lines.join('\n'), { type: 'application/x-ndjson' });
  expect([created, refused]).toEqual([products.length, 0]);
  return tag;
}
async function list(tag: string, query: Record<string, string> = {}): Promise<ProductPage> {
  const response = await get(
    `/v1/products?${new URLSearchParams({ tag, limit: '100', ...query }).toString()}`,
    await operator(),
  );
  expect(response.status).toBe(200);
  return productPageSchema.parse(await response.json());
}
const titles = (page: ProductPage): string[] => page.items.map((item) => item.title);
const priced = (...amounts: [number, string][]) => {
  const sku = unique('sku');
  return [{ sku, prices: amounts.map(([amount, currency]) => ({ amount, currency })) }];
};

describe('search', () => {
  it('finds words in any order and form, without accents, and the last word by its beginning', async () => {
    const tag = await shelf([
      { title: 'Running Shoes', descriptionHtml: '<p>For <b>mountain</b> trails</p>' },
      { title: 'Crème Brûlée torch', vendor: 'Kitchen & Co' },
      { title: 'Übergrößen Mantel' },
    ]);
    const found = async (q: string) => titles(await list(tag, { q }));
    expect(await found('shoe run')).toEqual(['Running Shoes']);
    expect(await found('mountain')).toEqual(['Running Shoes']);
    expect(await found('creme brul')).toEqual(['Crème Brûlée torch']);
    expect(await found('UBERGRO')).toEqual(['Übergrößen Mantel']);
    expect(await found('kitchen')).toEqual(['Crème Brûlée torch']);
    expect(await found('shoes torch')).toEqual([]);
  });

  it('finds a product by its SKU', async () => {
    const sku = `AB-${unique('x')}/9`;
    const tag = await shelf([
      { title: 'One', variants: [{ sku, prices: [{ amount: 1, currency: 'EUR' }] }] },
      { title: 'Two' },
    ]);
    expect(titles(await list(tag, { q: sku }))).toEqual(['One']);
  });

  it('puts a word in the title before one in the description', async () => {
    const word = unique('word');
    const tag = await shelf([
      { title: 'A', descriptionHtml: `<p>${word}</p>` },
      { title: `B ${word}` },
      { title: 'C', tags: [word] },
    ]);
    expect(titles(await list(tag, { q: word }))).toEqual([`B ${word}`, 'C', 'A']);
  });

  it.each([
    ['quotes', '"""'],
    ['an unbalanced quote', 'a"b'],
    ['FTS operators', 'AND OR NOT NEAR(a b, 2)'],
    ['a column filter', 'title: x'],
    ['a prefix star', '***'],
    ['SQL', "'; DROP TABLE documents; --"],
    ['a NUL', 'a\0b'],
    ['parentheses', '((('],
    ['a caret', '^title'],
    ['braces', '{title sku} : x'],
    ['a minus', '-x - -'],
    ['emoji', '🐙'],
    ['combining marks alone', '\u0301\u0308'],
    ['right-to-left marks', '\u202Eabc'],
    ['a lone surrogate', '\uD800'],
    ['wildcards', '%_%'],
    ['200 letters', 'x'.repeat(200)],
    ['many words', 'a '.repeat(100).slice(0, 199)],
  ])('takes %s for text', async (_name, q) => {
    const response = await get(`/v1/products?q=${encodeURIComponent(q.toWellFormed())}`);
    expect(response.status).toBe(200);
    productPageSchema.parse(await response.json());
  });

  it('answers some page to whatever anybody types', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (q) => {
        const response = await get(`/v1/products?q=${encodeURIComponent(q)}`);
        expect(response.status).toBe(200);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what a list is asked for is checked', () => {
  it.each<[string, string]>([
    [`q=${'x'.repeat(10_000)}`, 'q'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['kind=gift', 'kind'],
    ['currency=XXX', 'currency'],
    ['priceMin=-1', 'priceMin'],
    ['priceMin=1.5', 'priceMin'],
    ['priceMin=200&priceMax=100', 'priceMax'],
    ['available=perhaps', 'available'],
    ['sort=name', 'sort'],
    ['colour=red', 'colour'],
    ['sort=price;DROP', 'sort'],
  ])('refuses %s, naming the parameter', async (query, pointer) => {
    const response = await get(`/v1/products?${query}`);
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toEqual({ type: 'validation-failed', pointers: [`/${pointer}`] });
  });

  it.each([
    'x',
    'e30',
    'bnVsbA',
    btoa('{"sort":"newest","key":1,"id":"a"}'),
    btoa('{"sort":"title","key":"a","id":"a"}'),
  ])('refuses the cursor %s', async (cursor) => {
    const response = await get(`/v1/products?cursor=${encodeURIComponent(cursor)}`);
    expect(response.status).toBe(400);
    expect((await problemOf(response)).type).toBe('invalid-cursor');
  });
});

describe('filters', () => {
  it('combine with each other and with search', async () => {
    const collections = [{ handle: unique('c'), title: 'C' }];
    const physical = { kind: 'physical', fulfilment: { template: 'parcel', weightGrams: 1 } };
    const stocked = (onHand: number) => [
      { sku: unique('sku'), prices: [{ amount: 700, currency: 'EUR' }], stockTracked: true, onHand },
    ];
    const tag = await shelf([
      { title: 'Red lamp', vendor: 'Österlen', collections, variants: priced([500, 'EUR'], [900, 'USD']) },
      { title: 'Blue lamp', tags: ['Sale'], variants: priced([800, 'EUR']) },
      { title: 'Blue chair', ...physical, variants: stocked(0) },
      { title: 'Green chair', ...physical, variants: stocked(2) },
    ]);
    const found = async (query: Record<string, string>) =>
      titles(await list(tag, { sort: 'title', ...query }));
    expect(await found({ kind: 'physical' })).toEqual(['Blue chair', 'Green chair']);
    expect(await found({ kind: 'physical', available: 'true' })).toEqual(['Green chair']);
    expect(await found({ q: 'lamp', currency: 'USD' })).toEqual(['Red lamp']);
    expect(await found({ q: 'blue', priceMax: '750' })).toEqual(['Blue chair']);
    expect(await found({ priceMin: '700', priceMax: '800' })).toEqual([
      'Blue chair',
      'Blue lamp',
      'Green chair',
    ]);
    expect(await found({ vendor: 'osterlen' })).toEqual(['Red lamp']);
    expect(await found({ collection: collections[0]?.handle ?? '' })).toEqual(['Red lamp']);
    expect(titles(await list('sale', { q: 'lamp', currency: 'EUR', priceMin: '800' }))).toEqual([
      'Blue lamp',
    ]);
    expect(await found({ currency: 'JPY' })).toEqual([]);
  });
});

describe('paging', () => {
  async function pages(tag: string, query: Record<string, string>): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page: ProductPage = await list(tag, { ...query, ...(cursor === null ? {} : { cursor }) });
      ids.push(...page.items.map((item) => item.id));
      cursor = page.next;
    } while (cursor !== null);
    return ids;
  }

  it(
    'loses and repeats nothing in any order and page size, equal titles and prices included',
    { timeout: 60_000 },
    async () => {
      const product = fc.record({
        title: fc.constantFrom('Äpfel tea', 'apple tea', 'Zebra tea', 'tea'),
        amount: fc.integer({ min: 1, max: 3 }),
      });
      const sort = fc.constantFrom('newest', 'title', 'price', '-price', 'relevance');
      await fc.assert(
        fc.asyncProperty(
          fc.array(product, { minLength: 1, maxLength: 12 }),
          sort,
          fc.integer({ min: 1, max: 5 }),
          async (made, sort, limit) => {
            const tag = await shelf(
              made.map(({ title, amount }) => ({ title, variants: priced([amount, 'EUR']) })),
            );
            const query = { sort, ...(sort === 'relevance' ? { q: 'tea' } : {}) };
            const whole = await list(tag, query);
            const paged = await pages(tag, { ...query, limit: String(limit) });
            expect(paged).toEqual(whole.items.map((item) => item.id));
            expect(new Set(paged).size).toBe(made.length);
            const amounts = whole.items.map((item) => item.priceFrom[0]?.amount ?? 0);
            const direction = sort === 'price' ? 1 : sort === '-price' ? -1 : 0;
            expect(amounts).toEqual([...amounts].sort((a, b) => direction * (a - b)));
          },
        ),
        { numRuns: 20 },
      );
    },
  );

  it('shows what is new on no later page, and loses nothing, when products arrive between pages', async () => {
    const tag = await shelf(Array.from({ length: 6 }, (_, n) => ({ title: `T${n}` })));
    const first = await list(tag, { limit: '3' });
    await imported(JSON.stringify({ ...productInput(), tags: [tag] }), { type: 'application/x-ndjson' });
    const second = await list(tag, { limit: '3', cursor: first.next ?? '' });
    expect([...titles(first), ...titles(second)]).toEqual(['T5', 'T4', 'T3', 'T2', 'T1', 'T0']);
    expect(second.next).toBeNull();
  });

  it('names the next page in Link, with the other parameters kept', async () => {
    const tag = await shelf([{ title: 'a' }, { title: 'b' }]);
    const response = await get(`/v1/products?tag=${tag}&limit=1&sort=title`);
    const { next } = productPageSchema.parse(await response.json());
    expect(response.headers.get('link')).toBe(
      `</v1/products?tag=${tag}&limit=1&sort=title&cursor=${next}>; rel="next"`,
    );
  });
});

describe('collections', () => {
  it('are listed by handle, page by page', async () => {
    const base = unique('zz');
    await shelf([
      {
        collections: ['a', 'b', 'c'].map((each) => ({
          handle: `${base}-${each}`,
          title: each.toUpperCase(),
        })),
      },
    ]);
    const handles: string[] = [];
    for (let path: string | undefined = '/v1/collections?limit=1'; path !== undefined;) {
      const response: Response = await get(path);
      handles.push(...collectionPageSchema.parse(await response.json()).items.map((item) => item.handle));
      path = /<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(handles.filter((handle) => handle.startsWith(base))).toEqual([
      `${base}-a`,
      `${base}-b`,
      `${base}-c`,
    ]);
    expect(handles).toEqual([...handles].sort());
  });
});
