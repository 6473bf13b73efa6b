import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogueJobSchema } from '#shared/contracts/http/catalogue-jobs.ts';
import { productAdminSchema } from '#shared/contracts/http/products.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { changedAmount } from './domain/bulk-edit.ts';
import {
  create,
  get,
  imported,
  operator,
  outcomeOf,
  productInput,
  send,
  unique,
} from './testing/requests.ts';

beforeAll(migrateDatabases);

const newKey = () => ({ 'idempotency-key': crypto.randomUUID() });
const start = async (path: string, body: unknown) => {
  const headers = { ...(await operator()), ...newKey(), prefer: 'wait=60' };
  const response = await send('POST', path, body, headers);
  expect(response.status).toBe(200);
  return outcomeOf(catalogueJobSchema.parse(await response.json()));
};
const product = async (handle: string) =>
  productAdminSchema.parse(await (await get(`/v1/products/${handle}`, await operator())).json());
const priced = (amount: number) => [{ sku: unique('sku'), prices: [{ amount, currency: 'EUR' }] }];

describe('a bulk edit', () => {
  it('says what it would do, does it to what fits the filter, and is undone but where somebody was there since', async () => {
    const tag = unique('tag');
    const handles = [unique(), unique(), unique()];
    for (const [index, handle] of handles.entries())
      await create(productInput({ handle, tags: [tag], variants: priced(1_005 * (index + 1)) }));
    const bystander = await create(productInput({ variants: priced(1_000) }));
    const edit = {
      filter: { tag, status: 'published', priceMax: 2_500 },
      operations: [
        {
          type: 'change_prices',
          by: { percent: -10 },
          rounding: { to: 'down', unit: 10 },
          compareAt: 'old_price',
        },
        { type: 'add_tag', tag: 'Sale' },
        { type: 'add_to_collection', handle: 'sale', title: 'Sale' },
      ],
    };
    const dry = await start('/v1/products/bulk', { ...edit, dryRun: true });
    expect([dry.updated, dry.job.progress.items, dry.items[0]?.version]).toEqual([2, 2, null]);
    expect(dry.items[0]?.changes).toContainEqual({
      pointer: '/variants/0/prices/0/amount',
      from: 1_005,
      to: 900,
    });
    const done = await start('/v1/products/bulk', edit);
    expect(
      done.items.map(({ handle, result, versionBefore, version }) => [
        handle,
        result,
        versionBefore,
        version,
      ]),
    ).toEqual(handles.slice(0, 2).map((handle) => [handle, 'updated', 1, 2]));
    expect(await product(handles[0] ?? '')).toMatchObject({
      tags: [tag, 'Sale'],
      collections: [{ handle: 'sale' }],
      variants: [{ prices: [{ amount: 900 }], compareAtPrices: [{ amount: 1_005 }] }],
    });
    expect((await product(bystander.product.handle)).version).toBe(1);
    const again = await start('/v1/products/bulk', { ...edit, operations: edit.operations.slice(1) });
    expect([again.unchanged, again.updated]).toEqual([2, 0]);
    await send('DELETE', `/v1/products/${handles[1]}`, undefined, await operator());
    const undone = await start(`/v1/catalogue-jobs/${done.job.id}/undo`, undefined);
    expect(undone.items.map(({ handle, result }) => [handle, result])).toEqual([
      [handles[0], 'updated'],
      [handles[1], 'skipped'],
    ]);
    expect(await product(handles[0] ?? '')).toMatchObject({
      version: 3,
      tags: [tag],
      collections: [],
      variants: [{ prices: [{ amount: 1_005 }], compareAtPrices: [] }],
    });
  });

  it('refuses a product whose raised price would reach its struck-through one, naming the field', async () => {
    const [variant] = priced(1_000);
    const compareAtPrices = [{ amount: 1_100, currency: 'EUR' }];
    const { product: made } = await create(productInput({ variants: [{ ...variant, compareAtPrices }] }));
    const raise = { type: 'change_prices', by: { percent: 10 } };
    const edit = { filter: { ids: [made.id] }, operations: [raise] };
    const { items } = await start('/v1/products/bulk', edit);
    expect(items[0]).toMatchObject({ result: 'refused', version: null });
    expect(items[0]?.faults[0]?.detail).toContain('/variants/0/compareAtPrices/0/amount must be higher');
    expect((await product(made.handle)).variants[0]?.prices[0]?.amount).toBe(1_000);
  });

  it('refuses single products by the rules of every change, and the whole when it is asked wrongly', async () => {
    const { product: made } = await create(productInput());
    const edit = (operations: unknown[], filter: unknown = { ids: [made.id] }) => ({ filter, operations });
    const refused = await start(
      '/v1/products/bulk',
      edit([{ type: 'set_attribute', key: 'colour', value: 'red' }]),
    );
    expect(refused.items[0]).toMatchObject({ result: 'refused', version: null });
    expect(refused.items[0]?.faults[0]?.detail).toContain('/attributes/colour');
    const headers = { ...(await operator()), ...newKey() };
    for (const wrong of [
      edit([]),
      edit([{ type: 'set_status', status: 'draft' }], {}),
      edit([{ type: 'change_prices', by: { amount: -5 } }]),
      edit([{ type: 'delete' }]),
    ])
      expect((await send('POST', '/v1/products/bulk', wrong, headers)).status).toBe(422);
    const scheduled = await start(
      '/v1/products/bulk',
      edit([{ type: 'schedule', publishAt: '2031-01-01T00:00:00.000Z' }]),
    );
    expect(scheduled.updated).toBe(1);
    expect((await product(made.handle)).status).toBe('scheduled');
  });

  it('rounds a price once, to a multiple of the unit and less than a unit away', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000_000),
        fc.integer({ min: -10_000, max: 20_000 }),
        fc.constantFrom(1, 5, 10, 99, 100),
        (amount, hundredths, unit) => {
          const by = { percent: hundredths / 100 };
          const exact = (amount * (10_000 + hundredths)) / 10_000;
          const at = (to: 'nearest' | 'up' | 'down') => changedAmount(amount, { by, rounding: { to, unit } });
          expect(at('down') % unit).toBe(0);
          expect(at('down')).toBeLessThanOrEqual(exact + 1e-6);
          expect(at('up')).toBeGreaterThanOrEqual(exact - 1e-6);
          expect(at('up') - at('down')).toBeLessThanOrEqual(unit);
          expect(Math.abs(at('nearest') - exact)).toBeLessThanOrEqual(unit / 2 + 1e-6);
        },
      ),
    );
  });
});

describe('an export', () => {
  it.each(['shopify', 'jsonl'] as const)('as %s, imported again, changes nothing', async (format) => {
    const tag = unique('tag');
    for (let n = 0; n < 60; n += 1)
      await create(
        productInput({
          tags: [tag, '=cmd|x'],
          title: `=Title, "${n}"\u{1D11E}`,
          summary: `Summary ${n}`,
          quantityMax: 7,
          translations: { de: { title: `Titel ${n}` } },
          optionNames: ['Size'],
          variants: ['S', 'M'].map((size) => ({
            sku: unique('sku'),
            options: { Size: size },
            prices: [
              { amount: 100 + n, currency: 'EUR' },
              { amount: 200 + n, currency: 'USD' },
            ],
            stockTracked: size === 'S',
            onHand: size === 'S' ? n : null,
          })),
        }),
      );
    const done = await start('/v1/exports', { format, filter: { tag } });
    expect(done.job).toMatchObject({ state: 'completed', progress: { rows: 60 } });
    const file = await get(`/v1/catalogue-jobs/${done.job.id}/file`, await operator());
    const text = await file.text();
    expect(new TextEncoder().encode(text).byteLength).toBe(done.job.file?.bytes);
    expect(format === 'shopify' && /(^|[,\n])"?[=+@]/.test(text)).toBe(false);
    const back = await imported(text, {
      type: format === 'shopify' ? 'text/csv' : 'application/x-ndjson',
    });
    expect([back.unchanged, back.refused, back.updated]).toEqual([60, 0, 0]);
  });

  it('is for operators, and there is none before it has ended', async () => {
    const job = await start('/v1/exports', { format: 'jsonl', filter: { tag: unique('none') } });
    expect((await get(`/v1/catalogue-jobs/${job.job.id}/file`)).status).toBe(401);
    expect(await (await get(`/v1/catalogue-jobs/${job.job.id}/file`, await operator())).text()).toBe('');
    const edited = await start('/v1/products/bulk', {
      filter: { tag: unique('none') },
      operations: [{ type: 'add_tag', tag: 'x' }],
    });
    expect((await get(`/v1/catalogue-jobs/${edited.job.id}/file`, await operator())).status).toBe(404);
  });
});

describe('the same request sent again', () => {
  it.each([
    ['/v1/exports', { format: 'jsonl' }],
    ['/v1/products/bulk', { operations: [{ type: 'add_tag', tag: 'again' }] }],
  ])('to %s is answered by the job it began, and its key stands for nothing else', async (path, body) => {
    const filter = { tag: unique('tag') };
    const headers = { ...(await operator()), ...newKey() };
    const ask = (tag: string, own = headers) => send('POST', path, { ...body, filter: { tag } }, own);
    const begun = await Promise.all([ask(filter.tag), ask(filter.tag), ask(filter.tag)]);
    const locations = begun.map((answer) => answer.headers.get('location'));
    expect(new Set(locations).size).toBe(1);
    expect(begun.filter((answer) => answer.headers.get('idempotent-replayed') === 'true')).toHaveLength(2);
    expect((await ask(unique('other'))).status).toBe(422);
    const others = await ask(filter.tag, {
      ...(await operator()),
      'idempotency-key': headers['idempotency-key'],
    });
    expect(others.headers.get('location')).not.toBe(locations[0]);
    expect((await send('POST', path, { ...body, filter }, await operator())).status).toBe(422);
  });
});
