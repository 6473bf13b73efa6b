import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { productSchema } from '#shared/contracts/http/products.ts';
import { searchPageSchema } from '#shared/contracts/http/search.ts';
import { acceptedLocales } from '#shared/domain/product-texts.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import worker from './index.ts';
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

beforeAll(migrateDatabases);

const LAPTOPS = [
  { key: 'material', title: 'Material', type: 'text' },
  { key: 'memory', title: 'Memory', type: 'number', unit: 'GB', required: true, facet: true },
  { key: 'touch', title: 'Touch screen', type: 'boolean' },
  { key: 'colour', title: 'Colour', type: 'enum', options: ['black', 'silver'] },
  { key: 'released', title: 'Released', type: 'date' },
];

async function newType(attributes: object[] = LAPTOPS): Promise<string> {
  const handle = unique('type');
  const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
  const made = await send('POST', '/v1/product-types', { handle, title: 'Laptops', attributes }, headers);
  expect(made.status).toBe(201);
  return handle;
}

describe('attributes', () => {
  it('are kept as their type says, and told in words in the order of the product type', async () => {
    const productType = await newType();
    const attributes = { colour: 'silver', memory: 16, touch: false, released: '2026-01-31' };
    const { product } = await create(productInput({ productType, attributes }));
    const seen = productSchema.parse(await (await get(`/v1/products/${product.handle}`)).json());
    expect(seen).toMatchObject({ productType, attributes });
    expect(seen.specification).toEqual([
      { key: 'memory', title: 'Memory', type: 'number', unit: 'GB', value: 16, label: '16' },
      { key: 'touch', title: 'Touch screen', type: 'boolean', unit: null, value: false, label: 'false' },
      { key: 'colour', title: 'Colour', type: 'enum', unit: null, value: 'silver', label: 'silver' },
      {
        key: 'released',
        title: 'Released',
        type: 'date',
        unit: null,
        value: '2026-01-31',
        label: '2026-01-31',
      },
    ]);
  });

  it.each([
    [{}, ['/attributes/memory']],
    [{ memory: '16' }, ['/attributes/memory']],
    [{ memory: 8, colour: 'green' }, ['/attributes/colour']],
    [
      { memory: 8, touch: 1, released: '2026-02-30', material: true },
      ['/attributes/touch', '/attributes/released', '/attributes/material'],
    ],
    [{ memory: 8, weight: 2 }, ['/attributes/weight']],
  ])('%j are refused by name, in a request and in a file', async (attributes, pointers) => {
    const productType = await newType();
    const input = productInput({ productType, attributes });
    const refused = await send('POST', '/v1/products', input, await operator());
    expect(refused.status).toBe(422);
    expect(await problemOf(refused)).toEqual({ type: 'validation-failed', pointers });
    const { items } = await imported(JSON.stringify(input), { type: 'application/x-ndjson' });
    expect(items[0]?.faults.map(({ column }) => column)).toEqual(pointers);
  });

  it('need a product type that is there and in use, or that the product has already', async () => {
    const headers = await operator();
    const post = (input: object) => send('POST', '/v1/products', input, headers);
    expect((await problemOf(await post(productInput({ attributes: { memory: 1 } })))).pointers).toEqual([
      '/attributes/memory',
    ]);
    expect((await problemOf(await post(productInput({ productType: 'nobody-knows' })))).pointers).toEqual([
      '/productType',
    ]);
    const productType = await newType();
    const input = productInput({ productType, attributes: { memory: 8 } });
    const { product } = await create(input);
    const { items } = (await (await get('/v1/product-types?limit=100', headers)).json()) as {
      items: { id: string; handle: string }[];
    };
    const type = items.find(({ handle }) => handle === productType);
    expect((await send('DELETE', `/v1/product-types/${type?.id ?? ''}`, undefined, headers)).status).toBe(
      204,
    );
    expect(
      (await problemOf(await post(productInput({ productType, attributes: { memory: 8 } })))).pointers,
    ).toEqual(['/productType']);
    const kept = await send(
      'PUT',
      `/v1/products/${product.id}`,
      { ...input, title: 'Kept' },
      { ...headers, 'if-match': '*' },
    );
    expect([kept.status, await kept.json()]).toMatchObject([200, { productType, attributes: { memory: 8 } }]);
  });

  it('stay when a spreadsheet that knows nothing of them is imported', async () => {
    const productType = await newType();
    const translations = { de: { title: 'Rechner' } };
    const { product } = await create(
      productInput({ productType, attributes: { memory: 8 }, translations, seo: { title: 'S' } }),
    );
    const report = await imported(
      `Handle,Title,Variant SKU,Variant Price\n${product.handle},New,${product.variants[0]?.sku ?? ''},5.00`,
    );
    expect(report).toMatchObject({ updated: 1, items: [{ faults: [] }] });
    const after = await get(`/v1/products/${product.id}`, await operator());
    expect(await after.json()).toMatchObject({
      title: 'New',
      productType,
      attributes: { memory: 8 },
      translations,
      seo: { title: 'S' },
    });
  });

  it.each([
    { key: 'Big' },
    { key: 'a', type: 'enum' },
    { key: 'a', type: 'text', options: ['x'] },
    { key: 'a', unit: 'kg' },
    { key: 'a', type: 'enum', options: ['x', 'x'] },
    { key: '__proto__' },
    { key: 'a', translations: { de_AT: { title: 'A' } } },
    { key: 'a', translations: { de: { unit: 'kg' } } },
    { key: 'a', type: 'enum', options: ['x'], translations: { de: { options: { y: 'Ypsilon' } } } },
  ])('cannot be defined as %j', async (definition) => {
    const body = {
      handle: unique('type'),
      title: 'T',
      attributes: [{ title: 'A', type: 'text', ...definition }],
    };
    const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
    expect((await send('POST', '/v1/product-types', body, headers)).status).toBe(422);
  });
});

describe('a key of several product types', () => {
  const define = async (attributes: object[], handle = unique('type')) =>
    send(
      'POST',
      '/v1/product-types',
      { handle, title: 'T', attributes },
      { ...(await operator()), 'idempotency-key': crypto.randomUUID() },
    );
  const key = () => unique('k').replaceAll('-', '_').toLowerCase().slice(0, 30);
  const inKg = (name: string) => ({ key: name, title: 'Weight', type: 'number', unit: 'kg', facet: true });
  const inGrams = (name: string) => ({ ...inKg(name), unit: 'g' });

  it('means the same in all of them, so that no filter and no facet mixes kilograms and grams', async () => {
    const name = key();
    expect((await define([inKg(name)])).status).toBe(201);
    expect((await define([inKg(name), { ...inKg(key()), title: 'Other' }])).status).toBe(201);
    const other = { key: key(), title: 'Other', type: 'text' };
    const grams = await define([other, inGrams(name)]);
    expect(grams.status).toBe(422);
    expect(await problemOf(grams)).toEqual({ type: 'validation-failed', pointers: ['/attributes/1/unit'] });
    const text = await define([{ key: name, title: 'Weight', type: 'text' }]);
    expect(await problemOf(text)).toEqual({ type: 'validation-failed', pointers: ['/attributes/0/type'] });
    const bare = await define([{ ...inKg(name), unit: null }]);
    expect(await problemOf(bare)).toEqual({ type: 'validation-failed', pointers: ['/attributes/0/unit'] });
  });

  it('means what one says when two say it at once', async () => {
    const name = key();
    const answers = await Promise.all([inKg(name), inGrams(name), inKg(name)].map((each) => define([each])));
    const said = new Set(answers.map(({ status }, n) => (status === 201 ? n % 2 : 'refused')));
    expect(said).toEqual(new Set([answers[1]?.status === 201 ? 1 : 0, 'refused']));
  });

  it('means something else once no type in use and no product says it', async () => {
    const name = key();
    const first = await (await define([inKg(name)])).json<{ id: string; handle: string }>();
    const id = first.id;
    const headers = { ...(await operator()), 'if-match': '*' };
    const changed = { handle: first.handle, title: 'T', attributes: [inGrams(name)] };
    expect((await send('PUT', `/v1/product-types/${id}`, changed, headers)).status).toBe(200);
    const { product } = await create(productInput({ productType: first.handle, attributes: { [name]: 1 } }));
    expect((await send('DELETE', `/v1/product-types/${id}`, undefined, headers)).status).toBe(204);
    expect((await define([inKg(name)])).status).toBe(422);
    const free = productInput({ handle: product.handle });
    expect((await send('PUT', `/v1/products/${product.id}`, free, headers)).status).toBe(200);
    expect((await define([inKg(name)])).status).toBe(201);
  });
});

describe('words of attributes in other languages', () => {
  const COLOUR = {
    key: 'colour',
    title: 'Colour',
    type: 'enum',
    options: ['black', 'silver'],
    facet: true,
    translations: { de: { title: 'Farbe', options: { silver: 'silbern' } }, 'de-AT': { title: 'Farbton' } },
  };
  const SIZE = {
    key: 'size',
    title: 'Size',
    type: 'number',
    unit: 'in',
    facet: true,
    translations: { de: { title: 'Größe', unit: 'Zoll' } },
  };
  const shelf = async (attributes: object[]) => {
    const productType = await newType(attributes);
    const tag = unique('tag');
    const { product } = await create(
      productInput({ productType, tags: [tag], attributes: { colour: 'silver', size: 15 } }),
    );
    await create(productInput({ productType, tags: [tag], attributes: { colour: 'black', size: 17 } }));
    return { productType, tag, product };
  };
  const facetsIn = async (tag: string, locale: string, q = '') => {
    const query = new URLSearchParams({ filter: `tag:${tag}`, locale, ...(q === '' ? {} : { q }) });
    const found = await get(`/v1/search?${query.toString()}`, await operator());
    return searchPageSchema.parse(await found.json());
  };

  it('stand on a product, each falling back for itself', async () => {
    const { product } = await shelf([COLOUR, SIZE]);
    const seen = async (locale: string) => {
      const answer = await get(`/v1/products/${product.handle}?locale=${locale}`);
      return productSchema
        .parse(await answer.json())
        .specification.map(({ title, unit, value, label }) => [title, unit, value, label]);
    };
    expect(await seen('de')).toEqual([
      ['Farbe', null, 'silver', 'silbern'],
      ['Größe', 'Zoll', 15, '15'],
    ]);
    expect((await seen('de-AT'))[0]).toEqual(['Farbton', null, 'silver', 'silbern']);
    expect((await seen('fr'))[0]).toEqual(['Colour', null, 'silver', 'silver']);
  });

  it('are those of the facets, filtered by the value as it is, and found by searches in their language', async () => {
    const { tag, product } = await shelf([COLOUR, SIZE]);
    const german = await facetsIn(tag, 'de-CH');
    const facet = (name: string) => german.facets.find((each) => each.facet === name);
    expect(facet('attr.colour')).toMatchObject({
      title: 'Farbe',
      values: [
        { value: 'black', label: 'black', count: 1 },
        { value: 'silver', label: 'silbern', count: 1 },
      ],
    });
    expect(facet('attr.size')).toMatchObject({ title: 'Größe', unit: 'Zoll' });
    expect(facet('kind')).toMatchObject({ title: 'Art', values: [{ value: 'licence', label: 'Lizenz' }] });
    expect((await facetsIn(tag, 'ja')).facets.find((each) => each.facet === 'kind')?.title).toBe('Kind');
    expect((await facetsIn(tag, 'de', 'silberne')).items.map((item) => item.product.id)).toEqual([
      product.id,
    ]);
  });

  it('follow a change of their product type into search', async () => {
    const { tag, productType } = await shelf([COLOUR, SIZE]);
    const types = await get('/v1/product-types?limit=100', await operator());
    const { items } = await types.json<{ items: { id: string; handle: string; title: string }[] }>();
    const type = items.find(({ handle }) => handle === productType);
    const french = { ...COLOUR, translations: { fr: { title: 'Couleur', options: { silver: 'argent' } } } };
    const body = { handle: productType, title: 'T', attributes: [french, SIZE] };
    const headers = { ...(await operator()), 'if-match': '*' };
    expect((await send('PUT', `/v1/product-types/${type?.id}`, body, headers)).status).toBe(200);
    const context = createExecutionContext();
    await worker.scheduled(createScheduledController(), workerEnv<Env>(), context);
    await waitOnExecutionContext(context);
    const facet = (await facetsIn(tag, 'fr')).facets.find((each) => each.facet === 'attr.colour');
    expect([facet?.title, facet?.values.map(({ label }) => label)]).toEqual(['Couleur', ['argent', 'black']]);
  });
});

describe('languages', () => {
  const translations = {
    de: { title: 'Fenster', summary: 'Ein Fenster', seo: { title: 'Fenster kaufen' } },
    'de-AT': { title: 'Fensterl' },
    fr: { title: 'Fenêtre', descriptionHtml: '<p onclick="x()">Une fenêtre</p>' },
  };
  const input = () =>
    productInput({ title: 'Window', summary: 'A window', descriptionHtml: '<p>Glass</p>', translations });

  it.each([
    ['de', '', { locale: 'de', title: 'Fenster', summary: 'Ein Fenster', descriptionHtml: '<p>Glass</p>' }],
    ['de-at', '', { locale: 'de-AT', title: 'Fensterl', summary: 'Ein Fenster' }],
    ['de-CH', '', { locale: 'de', title: 'Fenster' }],
    ['fr', 'de', { locale: 'fr', summary: 'Une fenêtre', descriptionHtml: '<p>Une fenêtre</p>' }],
    ['', 'da, de;q=0.7, en;q=0.5', { locale: 'de' }],
    ['', 'en-GB, de;q=0.7', { locale: 'en', title: 'Window' }],
    ['', 'de;q=0, ja', { locale: 'en', title: 'Window' }],
    ['', '*;q=2, ;;,, q=', { locale: 'en' }],
  ])('locale=%s with Accept-Language %s', async (locale, header, expected) => {
    const { product } = await create(input());
    const path = `/v1/products/${product.handle}${locale === '' ? '' : `?locale=${locale}`}`;
    const answer = await get(path, header === '' ? {} : { 'accept-language': header });
    expect(answer.headers.get('content-language')).toBe(expected.locale);
    expect(answer.headers.get('vary')).toContain('accept-language');
    const body = productSchema.parse(await answer.json());
    expect(body).toMatchObject({ ...expected, locales: ['en', 'de', 'de-AT', 'fr'] });
  });

  it('are those of lists and related products too, and the operator edits all of them', async () => {
    const tag = unique('tag');
    const { product: other } = await create(input());
    const hidden = await create({
      ...input(),
      handle: unique(),
      variants: [{ sku: unique(), prices: [{ amount: 1, currency: 'EUR' }] }],
      status: 'draft',
    });
    const related = [hidden.product.handle, 'no-such-product', other.handle];
    const { product } = await create({
      ...input(),
      handle: unique(),
      variants: [{ sku: unique(), prices: [{ amount: 1, currency: 'EUR' }] }],
      tags: [tag],
      related,
    });
    expect(product).toMatchObject({ relatedHandles: related, translations: { de: translations.de } });
    const list = (await (await get(`/v1/products?tag=${tag}&locale=de-AT`)).json()) as { items: object[] };
    expect(list.items).toMatchObject([{ title: 'Fensterl', summary: 'Ein Fenster', locale: 'de-AT' }]);
    expect(list.items[0]).not.toHaveProperty('translations');
    const seen = productSchema.parse(await (await get(`/v1/products/${product.id}?locale=fr`)).json());
    expect(seen.related).toEqual([{ id: other.id, handle: other.handle, title: 'Fenêtre', image: null }]);
  });

  it('are read from a header without ever failing', () => {
    expect(acceptedLocales('fr-ch, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5')).toEqual([
      'fr-CH',
      'fr',
      'en',
      'de',
    ]);
    expect(acceptedLocales('x'.repeat(10_000))).toEqual([]);
    expect(acceptedLocales(undefined)).toEqual([]);
  });

  it('are refused under names that are none', async () => {
    for (const tag of ['english please', 'DE', 'de_AT', ''])
      expect(
        (await send('POST', '/v1/products', productInput({ translations: { [tag]: {} } }), await operator()))
          .status,
      ).toBe(422);
    expect((await get('/v1/products?locale=1')).status).toBe(422);
  });
});

describe('a scheduled product', () => {
  const tick = async () => {
    const ctx = createExecutionContext();
    await worker.scheduled(createScheduledController(), workerEnv<Env>(), ctx);
    await waitOnExecutionContext(ctx);
  };
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();

  it('is hidden until its time has come and then published by the cron, as a new version', async () => {
    const { product: later } = await create(productInput({ status: 'scheduled', publishAt: at(3_600_000) }));
    const { product: now } = await create(productInput({ status: 'scheduled', publishAt: at(-1_000) }));
    expect((await get(`/v1/products/${now.id}`)).status).toBe(404);
    await tick();
    expect(await (await get(`/v1/products/${now.id}`)).json()).toMatchObject({
      status: 'published',
      version: 2,
    });
    expect((await get(`/v1/products/${later.id}`)).status).toBe(404);
    const seen = await get(`/v1/products/${later.id}`, await operator());
    expect(await seen.json()).toMatchObject({ status: 'scheduled', publishAt: later.publishAt });
  });

  it('that cannot be published holds up neither the others whose time has come nor what is owed', async () => {
    const due = () => create(productInput({ status: 'scheduled', publishAt: at(-1_000) }));
    const [broken, other] = [(await due()).product, (await due()).product];
    const database = workerEnv<Env>().CATALOGUE_DB;
    // The version it would get is taken.
    await database
      .prepare(
        `INSERT INTO product_versions (product_id, version, at_ms, reason, request_id, statement)
         SELECT product_id, version + 1, at_ms, reason, request_id, statement FROM product_versions WHERE product_id = ?`,
      )
      .bind(broken.id)
      .run();
    await tick();
    expect(await (await get(`/v1/products/${other.id}`)).json()).toMatchObject({
      status: 'published',
      version: 2,
    });
    expect((await get(`/v1/products/${broken.id}`)).status).toBe(404);
    const owed = database.prepare('SELECT count(*) AS n FROM outbox WHERE due_at_ms <= ?').bind(Date.now());
    expect(await owed.first('n')).toBe(0);
    await database
      .prepare('DELETE FROM product_versions WHERE product_id = ? AND version = 2')
      .bind(broken.id)
      .run();
    await tick();
    expect(await (await get(`/v1/products/${broken.id}`)).json()).toMatchObject({ version: 2 });
  });

  it('states its time, and no other product does', async () => {
    for (const input of [
      { status: 'scheduled' },
      { status: 'published', publishAt: at(1_000) },
      { status: 'scheduled', publishAt: 'soon' },
    ]) {
      const refused = await send('POST', '/v1/products', productInput(input), await operator());
      expect((await problemOf(refused)).pointers).toEqual(['/publishAt']);
    }
  });
});
