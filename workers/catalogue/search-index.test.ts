import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SearchPage, searchPageSchema, suggestionsSchema } from '#shared/contracts/http/search.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { portsOf } from './ports.ts';
import {
  create,
  get,
  imported,
  operator,
  problemOf,
  productInput,
  send,
  unique,
} from './testing/requests.ts';
import { drainOutbox } from './usecases/drain-outbox.ts';
import { rebuildIndex, tendIndex } from './usecases/rebuild-index.ts';

beforeAll(migrateDatabases);

/** Imports products under one tag, by which searches of this test see no others. */
async function shelf(products: readonly Record<string, unknown>[]): Promise<string> {
  const tag = unique('shelf');
  const lines = products.map((each) => {
    const { tags = [], ...rest } = each;
    return JSON.stringify({ ...productInput(rest), tags: [tag, ...(tags as string[])] });
  });
  const { created, refused } = await imported(lines.join('\n'), { type: 'application/x-ndjson' });
  expect([created, refused]).toEqual([products.length, 0]);
  return tag;
}
async function search(tag: string, query: Record<string, string | string[]> = {}): Promise<SearchPage> {
  const parameters = new URLSearchParams({ limit: '100' });
  parameters.append('filter', `tag:${tag}`);
  for (const [name, values] of Object.entries(query)) {
    if (name !== 'filter') parameters.delete(name);
    for (const value of [values].flat()) parameters.append(name, value);
  }
  const response = await get(`/v1/search?${parameters.toString()}`, await operator());
  expect(response.status).toBe(200);
  return searchPageSchema.parse(await response.json());
}
const titles = (page: SearchPage): string[] => page.items.map(({ product }) => product.title);
const countsOf = (page: SearchPage, facet: string): Record<string, number> =>
  Object.fromEntries(
    page.facets.find((each) => each.facet === facet)?.values.map(({ value, count }) => [value, count]) ?? [],
  );
const ports = () => portsOf(workerEnv<Env>(), 'search-test', { later: () => undefined });

describe('what is meant is found', () => {
  it('through typos, compounds, words run together, phrases and what is left out', async () => {
    const tag = await shelf([
      { title: 'Studio headphones', descriptionHtml: '<p>Closed, for recording drums</p>' },
      { title: 'Drum recording course', summary: 'How to record' },
      { title: 'Desk chair', translations: { de: { title: 'Bürostuhl' } } },
      { title: 'E-book reader', summary: 'Reads everything' },
    ]);
    const found = async (q: string, more: Record<string, string> = {}) =>
      titles(await search(tag, { q, ...more }));
    expect(await found('hedphones')).toEqual(['Studio headphones']);
    expect(await found('studoi haedphones')).toEqual(['Studio headphones']);
    expect(await found('stuhl', { locale: 'de' })).toEqual(['Bürostuhl']);
    expect(await found('Buerostuehle', { locale: 'de-AT' })).toEqual(['Bürostuhl']);
    expect(await found('ebook')).toEqual(['E-book reader']);
    expect(await found('deskchair')).toEqual(['Desk chair']);
    expect(await found('head phones')).toEqual(['Studio headphones']);
    expect(await found('recording drums')).toHaveLength(2);
    expect(await found('"recording drums"')).toEqual(['Studio headphones']);
    expect(await found('recording -course')).toEqual(['Studio headphones']);
    expect(await found('recording -"drum recording"')).toEqual(['Studio headphones']);
    expect(await found('-recording', { sort: 'title' })).toEqual(['Desk chair', 'E-book reader']);
  });

  it('and told apart from what was typed', async () => {
    const word = unique('quasar');
    const tag = await shelf([{ title: 'Marmalade jar' }]);
    expect(await search(tag, { q: 'marmalaed jar' })).toMatchObject({
      didYouMean: 'marmalade jar',
      total: 1,
    });
    expect(await search(tag, { q: `marmalade ${word}` })).toMatchObject({ hasAllWords: false, total: 1 });
    expect(await search(tag, { q: 'marmalade' })).toMatchObject({ didYouMean: null, hasAllWords: true });
  });

  it('with synonyms in the directions an operator stated, as soon as they are stated', async () => {
    const [a, b, c] = [unique('sofa'), unique('couch'), unique('seat')];
    const tag = await shelf([{ title: `${a} red` }, { title: `${b} blue` }, { title: `${c} green` }]);
    const headers = { ...(await operator()) };
    const state = (body: object) =>
      send('POST', '/v1/search-synonyms', body, { ...headers, 'idempotency-key': crypto.randomUUID() });
    expect((await state({ words: [a, b] })).status).toBe(201);
    expect((await state({ direction: 'one_way', words: [c], to: [a] })).status).toBe(201);
    expect((await state({ words: [a] })).status).toBe(422);
    expect(titles(await search(tag, { q: a, sort: 'title' }))).toEqual([`${b} blue`, `${a} red`].sort());
    expect(titles(await search(tag, { q: c }))).toEqual([`${c} green`, `${a} red`]);
  });

  it.each(['draft', 'archived'])(
    'by most of the words, whatever a product that is %s has',
    async (status) => {
      const words = [unique('anvil'), unique('bellows'), unique('crucible')];
      const tag = await shelf([
        { title: words.slice(0, 2).join(' ') },
        { title: words.slice(1).join(' ') },
        { title: words[0] },
        { title: words.join(' '), status },
      ]);
      const near = [words.slice(0, 2).join(' '), words.slice(1).join(' ')].sort();
      expect(titles(await search(tag, { q: words.join(' ') })).sort()).toEqual(near);
    },
  );

  it('in the order an operator prefers', async () => {
    const vendor = unique('brand');
    const tag = await shelf([
      { title: 'Lamp' },
      { title: 'Lamp for long evenings', vendor, descriptionHtml: '<p>Bright</p>' },
    ]);
    const vendors = async () => (await search(tag, { q: 'lamp' })).items.map(({ product }) => product.vendor);
    expect(await vendors()).toEqual(['', vendor]);
    const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
    const boost = { title: 'Ours first', facet: 'vendor', value: vendor, factor: 3 };
    expect((await send('POST', '/v1/search-boosts', boost, headers)).status).toBe(201);
    expect(await vendors()).toEqual([vendor, '']);
  });

  it('and marked, as text that holds no markup of ours', async () => {
    const tag = await shelf([
      { title: 'Tea <script>alert(1)</script>', descriptionHtml: '<p>A pot of teas &amp; more</p>' },
    ]);
    const [hit] = (await search(tag, { q: 'tea script' })).items;
    expect(hit?.title.filter((piece) => piece.hit).map((piece) => piece.text)).toEqual([
      'Tea',
      'script',
      'script',
    ]);
    expect(hit?.title.map((piece) => piece.text).join('')).toBe('Tea <script>alert(1)</script>');
    expect(hit?.passage).toContainEqual({ text: 'teas', hit: true });
  });
});

describe('facets', () => {
  it('count what choosing them would show: any within one, all across', async () => {
    const type = unique('lamp');
    const attributes = [
      { key: 'colour', title: 'Colour', type: 'enum', options: ['red', 'blue'], facet: true },
      { key: 'watts', title: 'Power', type: 'number', unit: 'W', facet: true },
    ];
    const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
    const made = await send(
      'POST',
      '/v1/product-types',
      { handle: type, title: 'Lamp', attributes },
      headers,
    );
    expect(made.status).toBe(201);
    const lamp = (colour: string, watts: number, vendor: string, amount: number) => ({
      title: `${colour} lamp`,
      vendor,
      productType: type,
      attributes: { colour, watts },
      variants: [{ sku: unique('sku'), prices: [{ amount, currency: 'EUR' }] }],
    });
    const tag = await shelf([
      lamp('red', 5, 'A', 900),
      lamp('blue', 12, 'A', 1900),
      lamp('blue', 40, 'B', 2500),
    ]);
    const all = await search(tag, { q: 'lamp' });
    expect([countsOf(all, 'attr.colour'), countsOf(all, 'vendor')]).toEqual([
      { red: 1, blue: 2 },
      { a: 2, b: 1 },
    ]);
    const blue = await search(tag, { q: 'lamp', filter: 'attr.colour:Blue' });
    expect([blue.total, countsOf(blue, 'attr.colour'), countsOf(blue, 'vendor')]).toEqual([
      2,
      { red: 1, blue: 2 },
      { a: 1, b: 1 },
    ]);
    const either = await search(tag, { filter: ['vendor:A', 'vendor:B', 'attr.watts:10..'] });
    expect([either.total, countsOf(either, 'vendor')]).toEqual([2, { a: 1, b: 1 }]);
    expect(either.facets.find(({ facet }) => facet === 'attr.watts')).toMatchObject({
      title: 'Power',
      unit: 'W',
      ranges: [
        { from: 5, to: 10, count: 1, selected: false },
        { from: 10, to: 20, count: 1 },
        { from: 20, to: 50, count: 1 },
      ],
    });
    expect((await search(tag, { filter: 'price:1000..2000' })).items).toHaveLength(1);
    expect((await search(tag, { filter: 'vendor:nobody' })).total).toBe(0);
    expect(titles(await search(tag, { q: 'red lamp' }))[0]).toBe('red lamp');
  });
});

describe('pages', () => {
  it('agree while products come and go between them, scores included', async () => {
    const base = unique('tea');
    const made = Array.from({ length: 12 }, (_, n) => ({ title: `${base} ${'x '.repeat(n % 4)}no${n}` }));
    const tag = await shelf(made);
    const whole = titles(await search(tag, { q: base }));
    const read: string[] = [];
    let cursor: string | null = null;
    for (let round = 0; round < 10; round += 1) {
      const page: SearchPage = await search(tag, {
        q: base,
        limit: '3',
        ...(cursor === null ? {} : { cursor }),
      });
      read.push(...titles(page));
      cursor = page.next;
      if (cursor === null) break;
      // As rare as the word was, so rare it stays for this reader.
      await shelf(Array.from({ length: 5 }, () => ({ title: `${base} other` })));
    }
    expect(read).toEqual(whole);
  });
});

describe('suggestions', () => {
  it('go on from what was typed with words that find something, and name products', async () => {
    const word = unique('zither');
    await shelf([{ title: `${word} strings` }, { title: `${word} lessons` }, { title: 'Strong rope' }]);
    const response = await get(`/v1/search/suggestions?q=${word}+str`);
    const { queries, products } = suggestionsSchema.parse(await response.json());
    expect(queries).toEqual([`${word} strings`]);
    expect(products.map(({ title }) => title.map((piece) => piece.text).join(''))).toEqual([
      `${word} strings`,
    ]);
    expect(await (await get('/v1/search/suggestions')).json()).toEqual({ queries: [], products: [] });
  });

  it('show the operator what he has just written, whatever was kept for others meanwhile', async () => {
    const word = unique('lute');
    const path = `/v1/search/suggestions?q=${word}`;
    const { product } = await create(productInput({ title: word }));
    const shown = async (headers: Record<string, string>) => {
      const answer = await get(path, headers);
      expect(answer.headers.get('cache-control')).toContain(
        'authorization' in headers ? 'private' : 'public',
      );
      return suggestionsSchema.parse(await answer.json()).products.map(({ title }) => title[0]?.text);
    };
    const headers = { ...(await operator()), 'if-match': '*' };
    expect(await shown({})).toEqual([word]);
    // As another isolate has it: kept here, changed there.
    const database = workerEnv<Env>().SEARCH_DB;
    const renamed = `${word} renamed`;
    await database
      .prepare(`UPDATE index_entries SET summary = replace(summary, ?1, ?2) WHERE id = ?3`)
      .bind(`"${word}"`, `"${renamed}"`, product.id)
      .run();
    expect(await shown({})).toEqual([word]);
    expect((await shown(headers))[0]).toContain(word);
    const answer = await get(path, headers);
    expect(JSON.stringify(await answer.json())).toContain('renamed');
  });

  it('offer no words that only a draft or an archived product has together', async () => {
    const [first, second] = [unique('oboe'), 'mouthpiece'];
    const query = `/v1/search/suggestions?q=${first}+mouthp`;
    await shelf([
      { title: `${first} stand` },
      { title: `${second} case` },
      { title: `${first} ${second}`, status: 'draft' },
      { title: `${second} ${first}`, status: 'archived' },
    ]);
    const offered = async () => suggestionsSchema.parse(await (await get(query)).json()).queries;
    expect(await offered()).toEqual([]);
    await shelf([{ title: `${first} with ${second}` }]);
    expect(suggestionsSchema.parse(await (await get(query, await operator())).json()).queries).toEqual([
      `${first} ${second}`,
    ]);
  });

  it('offer no word of a draft', async () => {
    const secret = 'unannouncedthing';
    await create(productInput({ title: `The ${secret}`, status: 'draft' }));
    const response = await get('/v1/search/suggestions?q=unannounced');
    expect(await response.json()).toEqual({ queries: [], products: [] });
    expect(await (await get(`/v1/search?q=${secret}&facets=false`)).json()).toMatchObject({ total: 0 });
  });
});

describe('a new index', () => {
  it('is built beside the old one, follows what changes meanwhile, and is switched to at once', async () => {
    const word = unique('granite');
    const tag = await shelf([{ title: `${word} one` }, { title: `${word} two` }]);
    const { product } = await create(productInput({ title: `${word} three`, tags: [tag] }));
    const index = () =>
      workerEnv<Env>()
        .SEARCH_DB.prepare(`SELECT generation, state FROM index_generations ORDER BY generation`)
        .all<{ generation: number; state: string }>();
    const before = (await index()).results;
    await ports().search.building(Date.now(), true);
    expect((await search(tag, { q: word })).total).toBe(3);
    const change = { ...productInput({ title: `${word} changed`, tags: [tag] }), handle: product.handle };
    const variants = product.variants.map(({ sku, prices }) => ({ sku, prices }));
    const put = await send(
      'PUT',
      `/v1/products/${product.id}`,
      { ...change, variants },
      {
        ...(await operator()),
        'if-match': '*',
      },
    );
    expect(put.status).toBe(200);
    let part = await rebuildIndex(ports(), true);
    for (let round = 0; part?.done === false && round < 20; round += 1)
      part = await rebuildIndex(ports(), true);
    expect(part).toMatchObject({ done: true, failed: [] });
    const after = (await index()).results;
    expect(after.map(({ state }) => state)).toEqual([...before.map(() => 'retired'), 'serving']);
    expect(titles(await search(tag, { q: word, sort: 'title' }))).toEqual([
      `${word} changed`,
      `${word} one`,
      `${word} two`,
    ]);
    const later = { ...ports(), clock: { now: () => Date.now() + 3_600_000 } };
    await tendIndex(later);
    expect((await index()).results).toEqual(after.slice(-1));
    expect((await search(tag, { q: `"${word} changed"` })).total).toBe(1);
  });

  it('gets what could not be written to it while it was built as soon as it can be', async () => {
    const word = unique('basalt');
    const tag = await shelf([{ title: `${word} one` }, { title: `${word} two` }]);
    const [unlucky] = (await search(tag, { q: `${word} two` })).items;
    const real = ports();
    const failing = {
      ...real,
      search: {
        ...real.search,
        writeIndex: (...[generation, documents]: Parameters<typeof real.search.writeIndex>) =>
          documents.some(({ id }) => id === unlucky?.product.id)
            ? Promise.reject(new Error('others were always first'))
            : real.search.writeIndex(generation, documents),
      },
    };
    const failed: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      const part = await rebuildIndex(failing, true);
      failed.push(...(part?.failed ?? []));
      if (part?.done !== false) break;
    }
    expect(failed).toEqual([unlucky?.product.id]);
    await drainOutbox(ports());
    expect(titles(await search(tag, { q: word, sort: 'title' }))).toEqual([`${word} one`, `${word} two`]);
  });

  it('is for operators to build', async () => {
    expect((await send('POST', '/v1/search/rebuild', undefined)).status).toBe(401);
    const response = await send('POST', '/v1/search/rebuild', undefined, await operator());
    expect(await response.json()).toMatchObject({ failed: [] });
  });
});

describe('whatever is asked', () => {
  it('is answered or refused, and never fails', { timeout: 120_000 }, async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({
        unit: fc.constantFrom('"', '-', 'a', ' ', 'e', '*', ':', '(', '.', '1', 'ß', 'é'),
        maxLength: 30,
      }),
    );
    const value = fc.oneof(
      text,
      fc.constantFrom('', '0', '-1', '1e9', '..', 'price:..', 'vendor:a', 'x'.repeat(300)),
    );
    const name = fc.constantFrom(
      'q',
      'filter',
      'locale',
      'cursor',
      'sort',
      'currency',
      'limit',
      'facets',
      'kind',
      'x',
    );
    const cursor = fc
      .record({
        sort: fc.constantFrom('relevance', 'newest', 'price', '-price', 'title'),
        key: fc.oneof(fc.double(), fc.string(), fc.constant(null)),
        id: fc.string({ maxLength: 60 }),
        mode: fc.constantFrom('all', 'typos', 'some', 'none'),
        weights: fc.array(fc.integer(), { maxLength: 14 }),
        needed: fc.integer({ min: -1, max: 14 }),
      })
      .map((each) => [
        'cursor',
        btoa(encodeURIComponent(JSON.stringify(each)).replaceAll('%22', '"').replaceAll(/%../g, '0')),
      ]);
    const header = fc.record(
      {
        'accept-language': fc.constantFrom('de', '*', ';;q', 'x'.repeat(100), 'de-AT-u-co-phonebk, en;q=0.1'),
        authorization: fc.constantFrom('Bearer a.b.c', 'Basic x', ''),
        'if-none-match': fc.constantFrom('*', '""', 'W/"x"', '"a", "b'),
      },
      { requiredKeys: [] },
    );
    const path = fc.constantFrom('/v1/search', '/v1/search/suggestions', '/v1/products');
    await fc.assert(
      fc.asyncProperty(
        path,
        fc.array(fc.oneof(fc.tuple(name, value), cursor), { maxLength: 5 }),
        header,
        async (path, parameters, headers) => {
          const query = new URLSearchParams(parameters as [string, string][]).toString();
          const response = await get(`${path}?${query}`, headers);
          await response.text();
          expect(response.status).toBeLessThan(500);
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each([
    ['filter=vendor', 'filter'],
    [`q=${'x'.repeat(201)}`, 'q'],
    ['sort=best', 'sort'],
    ['kind=licence', 'kind'],
    ['locale=not a locale', 'locale'],
  ])('%s is refused by its name', async (query, pointer) => {
    const response = await get(`/v1/search?${query}`);
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toEqual({ type: 'validation-failed', pointers: [`/${pointer}`] });
  });
});
