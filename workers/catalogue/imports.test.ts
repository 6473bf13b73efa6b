import { beforeAll, describe, expect, it } from 'vitest';
import { productAdminSchema, productPageSchema } from '#shared/contracts/http/products.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import demoCatalogue from '../../scripts/demo/catalogue.jsonl?raw';
import shopifyFile from '../../test/fixtures/shopify-products.csv?raw';
import type { Env } from './env.ts';
import {
  create,
  get,
  imported,
  importFile,
  type ImportOutcome,
  operator,
  productInput,
  send,
  unique,
} from './testing/requests.ts';

beforeAll(migrateDatabases);

const EUR_5 = [{ amount: 500, currency: 'EUR' }];

const HEADER =
  'Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price';
const csv = (...rows: string[]): string => [HEADER, ...rows].join('\n');

async function product(handle: string) {
  const response = await get(`/v1/products/${encodeURIComponent(handle)}`, await operator());
  return productAdminSchema.parse(await response.json());
}
const counts = ({ created, updated, unchanged, refused }: ImportOutcome) => [
  created,
  updated,
  unchanged,
  refused,
];
/** Every declaration that ever left the catalogue: outbox ids are never used twice. */
async function lastEffect(): Promise<number> {
  const row = await workerEnv<Env>()
    .CATALOGUE_DB.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
    .first<{ seq: number }>();
  return row?.seq ?? 0;
}

describe('a Shopify product export', () => {
  it('is taken over whole, and the second time changes nothing', async () => {
    const first = await imported(shopifyFile);
    expect(first.items.filter((item) => item.result === 'refused')).toEqual([]);
    expect(first.created).toBe(28);
    const before = await lastEffect();
    const pullover = await product('wollpullover-küste');
    const second = await imported(shopifyFile);
    expect(counts(second)).toEqual([0, 0, 28, 0]);
    expect(await product('wollpullover-küste')).toEqual(pullover);
    expect(await lastEffect()).toBe(before);
  });

  it('keeps options, prices, images, stock and harmless HTML', async () => {
    await imported(shopifyFile);
    const pullover = await product('wollpullover-küste');
    expect(pullover).toMatchObject({
      title: 'Wollpullover „Küste“',
      kind: 'physical',
      fulfilment: { template: 'parcel', weightGrams: 620 },
      optionNames: ['Größe', 'Farbe'],
      tags: ['Wolle', 'Winter', 'Küste'],
      collections: [{ handle: 'pullover', title: 'Pullover' }],
      availability: 'in_stock',
    });
    expect(pullover.variants).toHaveLength(8);
    expect(pullover.variants[0]).toMatchObject({
      options: { Größe: 'S', Farbe: 'Marine' },
      prices: [{ amount: 12900, currency: 'EUR' }],
      compareAtPrices: [{ amount: 14900, currency: 'EUR' }],
      available: 7,
    });
    expect(pullover.images.map((image) => image.alt)).toEqual([
      'Pullover von vorn',
      'Pullover von hinten',
      'Ärmel im Detail',
    ]);
    expect(pullover.descriptionHtml).toContain('<strong>Schurwolle</strong>');
    const rucksack = await product('trekking-rucksack');
    expect(rucksack.descriptionHtml).not.toContain('alert');
    expect(rucksack.images).toHaveLength(4);
    expect(rucksack.variants[0]?.sku).toBe('trekking-rucksack--schiefer-kurz-damen');
    expect((await product('stirnlampe')).variants[0]?.sku).toBe('0040012');
    expect(await product('geschenkkarte')).toMatchObject({ kind: 'licence', availability: 'unlimited' });
    expect((await product('notizheft')).variants[0]).toMatchObject({
      availability: 'unlimited',
      available: null,
    });
    expect((await product('leinenhemd')).stock.map((each) => each.onHand)).toEqual([4, 0, 0]);
    expect([
      (await product('muster-entwurf')).status,
      (await product('alter-kalender')).status,
      (await product('nur-im-laden')).status,
    ]).toEqual(['draft', 'archived', 'draft']);
  });

  it('says what it would do without doing it', async () => {
    const handle = unique();
    const report = await imported(csv(`${handle},T,,,,,,5.00`), { query: '?dryRun=true' });
    expect(counts(report)).toEqual([1, 0, 0, 0]);
    expect((await get(`/v1/products/${handle}`, await operator())).status).toBe(404);
  });

  it('leaves out a struck-through price that is not higher, and says so', async () => {
    const handle = unique();
    const file = `Handle,Title,Variant Price,Variant Compare At Price\n${handle},T,5.00,5.00\n`;
    const { items } = await imported(file);
    expect(items[0]).toMatchObject({
      result: 'created',
      notes: [{ row: 2, column: 'Variant Compare At Price' }],
    });
    expect((await product(handle)).variants[0]?.compareAtPrices).toEqual([]);
    const line = {
      ...productInput({ handle }),
      variants: [{ sku: handle, prices: EUR_5, compareAtPrices: EUR_5 }],
    };
    const refused = await imported(JSON.stringify(line), { type: 'application/x-ndjson' });
    expect(refused.items[0]).toMatchObject({ result: 'refused', faults: [{ row: 1 }] });
    expect(refused.items[0]?.faults[0]?.detail).toContain('must be higher than the price');
  });

  it('declares a quantity when the file’s differs from the last declared, and makes no new version for it', async () => {
    const handle = unique();
    const row = (quantity: number) => csv(`${handle},T,,,${handle},shopify,${quantity},5.00`);
    await imported(row(5));
    const before = await lastEffect();
    await imported(row(5));
    expect(await lastEffect()).toBe(before);
    expect(counts(await imported(row(6)))).toEqual([0, 1, 0, 0]);
    expect(await lastEffect()).toBe(before + 1);
    expect(await product(handle)).toMatchObject({ version: 1, stock: [{ onHand: 6 }] });
  });

  it('leaves what it has no column for, and prices in other currencies', async () => {
    const handle = unique();
    const prices = [
      { amount: 500, currency: 'EUR' },
      { amount: 600, currency: 'USD' },
    ];
    await create(
      productInput({
        handle,
        vendor: 'Kept',
        quantityMax: 3,
        variants: [{ sku: handle, prices }],
        customisationSchema: { type: 'object' },
      }),
    );
    await imported(csv(`${handle},New title,,,${handle},,,7.00`));
    const after = await product(handle);
    expect(after).toMatchObject({
      title: 'New title',
      vendor: 'Kept',
      quantityMax: 3,
      customisationSchema: { type: 'object' },
    });
    expect(after.variants[0]?.prices).toEqual([
      { amount: 700, currency: 'EUR' },
      { amount: 600, currency: 'USD' },
    ]);
  });

  it(
    'refuses the product of one bad row among a thousand and takes the others',
    { timeout: 60_000 },
    async () => {
      const base = unique();
      const rows = Array.from(
        { length: 1000 },
        (_, n) => `${base}-${n},Product ${n},,,${base}-${n},,,${n === 500 ? 'free' : '9.99'}`,
      );
      const report = await imported(csv(...rows));
      expect(counts(report)).toEqual([999, 0, 0, 1]);
      expect(report.items.find((item) => item.result === 'refused')).toMatchObject({
        row: 502,
        handle: `${base}-500`,
        faults: [{ row: 502, column: 'Variant Price', detail: 'is not an amount in EUR: free' }],
      });
    },
  );

  it.each<[string, (h: string) => string[], { row: number; column: string | null }]>([
    ['a price with too many decimals', (h) => [`${h},T,,,,,,1.999`], { row: 2, column: 'Variant Price' }],
    ['no price', (h) => [`${h},T,,,,,,`], { row: 2, column: 'Variant Price' }],
    ['no title', (h) => [`${h},,,,,,,1.00`], { row: 2, column: 'Title' }],
    [
      'a quantity in words',
      (h) => [`${h},T,,,,shopify,many,1.00`],
      { row: 2, column: 'Variant Inventory Qty' },
    ],
    [
      'a missing option value',
      (h) => [`${h},T,Size,S,,,,1.00`, `${h},,,,X-${h},,,2.00`],
      { row: 3, column: 'Option1 Value' },
    ],
    [
      'options twice',
      (h) => [`${h},T,Size,S,${h}1,,,1.00`, `${h},,,S,${h}2,,,2.00`],
      { row: 3, column: 'Option1 Value' },
    ],
    [
      'a SKU twice',
      (h) => [`${h},T,Size,S,${h},,,1.00`, `${h},,,M,${h},,,2.00`],
      { row: 3, column: 'Variant SKU' },
    ],
    [
      'a broken second row',
      (h) => [`${h},T,Size,S,${h},,,1.00`, `${h},"x"y,,M,,,,2.00`],
      { row: 3, column: null },
    ],
  ])('refuses a product with %s, naming row and column, and nothing else', async (_name, rows, fault) => {
    const [bad, good] = [unique(), unique()];
    const report = await imported(csv(...rows(bad), `${good},T,,,${good},,,1.00`));
    expect(report.items.map((item) => [item.handle, item.result])).toEqual([
      [bad, 'refused'],
      [good, 'created'],
    ]);
    expect(report.items[0]?.faults[0]).toMatchObject(fault);
  });

  it('refuses a SKU of another product, in the file and in the catalogue', async () => {
    const [a, b, c] = [unique(), unique(), unique()];
    await create(
      productInput({ handle: c, variants: [{ sku: `${c}-s`, prices: [{ amount: 1, currency: 'EUR' }] }] }),
    );
    const report = await imported(
      csv(`${a},T,,,${a}-s,,,1.00`, `${b},T,,,${a}-s,,,1.00`, `${b}2,T,,,${c}-s,,,1.00`),
    );
    expect(report.items.map((item) => [item.row, item.result, item.faults[0]?.detail])).toEqual([
      [2, 'created', undefined],
      [3, 'refused', `${a}-s belongs to ${a} in this file`],
      [4, 'refused', `belongs to the product ${c}`],
    ]);
  });

  it('names the product of a broken row by the handle the row starts with, though nothing else tells of it', async () => {
    const [bad, good] = [unique(), unique()];
    const alone = await imported(csv(`${bad},"x"y,,M,,,,2.00`));
    expect(alone.items).toMatchObject([{ row: 2, handle: bad, result: 'refused', faults: [{ row: 2 }] }]);
    const after = await imported(csv(`${good},T,,,${good},,,1.00`, `${bad},"x"y,,M,,,,2.00`));
    expect(after.items.map((item) => [item.handle, item.result])).toEqual([
      [good, 'created'],
      [bad, 'refused'],
    ]);
  });

  it('gathers rows of one handle wherever they stand, and reports rows without a handle', async () => {
    const [a, b] = [unique(), unique()];
    const report = await imported(
      csv(`${a},T,Size,S,,,,1.00`, `${b},T,,,,,,1.00`, `${a},,,M,,,,2.00`, ',lost,,,,,,1.00', ',,,,,,,'),
    );
    expect(report.items.map((item) => [item.row, item.handle, item.result])).toEqual([
      [2, a, 'created'],
      [3, b, 'created'],
      [5, null, 'refused'],
    ]);
    expect((await product(a)).variants.map((variant) => variant.sku)).toEqual([`${a}--s`, `${a}--m`]);
  });

  it('reads prices in the currency it is told', async () => {
    const handle = unique();
    await imported(csv(`${handle},T,,,,,,1200`), { query: '?currency=JPY' });
    expect((await product(handle)).priceFrom).toEqual([{ amount: 1200, currency: 'JPY' }]);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['no column Variant Price', 'Handle,Title\na,b', /the column Variant Price or Price is missing/],
    ['a column twice', 'Handle,Title,Variant Price,Title\na,b,1,c', /the column Title is there twice/],
    ['nothing', '', /is empty/],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x48, 0]), /is UTF-16/],
    ['Latin-1', new Uint8Array([0x48, 0xfc, 0x0a]), /is not UTF-8/],
    ['an image', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff]), /is not UTF-8/],
  ])('is refused whole when it has %s', async (_name, body, detail) => {
    const response = await importFile(body);
    expect(response.status).toBe(422);
    const problem = (await response.json()) as { detail: string };
    expect(problem.detail).toMatch(detail);
  });

  it.each<[string, string, string, number]>([
    ['another content type', 'application/json', '', 415],
    ['an unknown format', 'text/csv', '?format=xml', 422],
    ['an unknown currency', 'text/csv', '?currency=XXX', 422],
    ['an unknown parameter', 'text/csv', '?force=true', 422],
  ])('is refused with %s', async (_name, type, query, status) => {
    expect((await importFile(csv('a,b,,,,,,1'), { type, query })).status).toBe(status);
  });
});

describe('our own format', () => {
  const ndjson = { type: 'application/x-ndjson' };

  it('takes the demo catalogue over, and the second time changes nothing', async () => {
    const first = await imported(demoCatalogue, ndjson);
    expect(first.items.filter((item) => item.result === 'refused')).toEqual([]);
    expect(first.created).toBeGreaterThanOrEqual(60);
    expect(counts(await imported(demoCatalogue, ndjson))).toEqual([0, 0, first.created, 0]);
  });

  it('refuses single lines by field, and a handle twice', async () => {
    const input = productInput();
    const lines = [
      '{',
      JSON.stringify(input),
      '',
      JSON.stringify({ ...productInput(), colour: 1 }),
      JSON.stringify({ ...input, title: 'x' }),
      '[]',
    ];
    const report = await imported(lines.join('\n'), ndjson);
    expect(report.items.map((item) => [item.row, item.result, item.faults[0]?.column ?? null])).toEqual([
      [1, 'refused', null],
      [2, 'created', null],
      [4, 'refused', '/colour'],
      [5, 'refused', '/handle'],
      [6, 'refused', null],
    ]);
  });

  it('shows what it imported in the lists at once', async () => {
    const tag = unique('tag');
    await imported(
      [productInput({ tags: [tag] }), productInput({ tags: [tag] })]
        .map((each) => JSON.stringify(each))
        .join('\n'),
      ndjson,
    );
    const listed = await get(`/v1/products?tag=${tag}`);
    expect(productPageSchema.parse(await listed.json()).items).toHaveLength(2);
  });

  it('does not undo what an operator changed while it ran: one of the two wins whole', async () => {
    const input = productInput();
    const { product: made, etag } = await create(input);
    const [report, put] = await Promise.all([
      imported(JSON.stringify({ ...input, title: 'From file' }), ndjson),
      send(
        'PUT',
        `/v1/products/${made.id}`,
        { ...input, title: 'From operator' },
        { ...(await operator()), 'if-match': etag },
      ),
    ]);
    const after = await product(input.handle);
    const wins = [report.updated === 1, put.status === 200].filter(Boolean).length;
    expect(after.version).toBe(1 + wins);
    expect(wins).toBeGreaterThanOrEqual(1);
  });
});
