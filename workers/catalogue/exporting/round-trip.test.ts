import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ProductInput, productInputSchema } from '#shared/contracts/http/product-input.ts';
import { readCsvRecords } from '../importing/csv.ts';
import { mapColumns } from '../importing/shopify-columns.ts';
import { readShopifyProduct } from '../importing/shopify-product.ts';
import { prepareProduct } from '../domain/prepare.ts';
import { shopifyHeader, shopifyRows } from './shopify.ts';

const text = (max = 12) =>
  fc
    .string({
      unit: fc.constantFrom('a', 'B', '"', ',', ' ', "'", '=', '+', '-', '@', 'ü', '𝄞', '/', '0', ';'),
      minLength: 1,
      maxLength: max,
    })
    .map((value) => value.trim() || 'x');
const prices = fc
  .uniqueArray(fc.constantFrom('EUR', 'USD', 'JPY'), { minLength: 1, maxLength: 3 })
  .chain((currencies) =>
    fc.tuple(
      ...currencies.map((currency) => fc.record({ amount: fc.nat(99_999), currency: fc.constant(currency) })),
    ),
  );
const variant = fc.record({
  prices,
  isReduced: fc.boolean(),
  title: fc.option(text(), { nil: '' }),
  stockTracked: fc.boolean(),
  onHand: fc.option(fc.nat(1000), { nil: null }),
});

/** Products with every field in the hands of chance that a file could lose. */
const product: fc.Arbitrary<ProductInput> = fc
  .record({
    status: fc.constantFrom('draft', 'published', 'archived', 'scheduled'),
    kind: fc.constantFrom('licence', 'physical'),
    title: text(),
    summary: fc.option(text(), { nil: '' }),
    descriptionHtml: fc.string({
      unit: fc.constantFrom('a', '\n', '\r\n', '"', ',', ' ', '='),
      maxLength: 20,
    }),
    vendor: fc.option(text(), { nil: '' }),
    tags: fc.uniqueArray(text(), { maxLength: 4, selector: (tag) => tag.toLowerCase() }),
    collections: fc.uniqueArray(fc.record({ handle: fc.constantFrom('a', 'b-c', 'x1'), title: text() }), {
      maxLength: 3,
      selector: ({ handle }) => handle,
    }),
    images: fc.array(
      fc.record({
        url: fc.constantFrom('https://a.test/1', 'https://a.test/2'),
        alt: fc.option(text(), { nil: '' }),
      }),
      { maxLength: 4 },
    ),
    optionNames: fc.uniqueArray(fc.oneof(text(6), fc.constant('Title')), { maxLength: 3 }),
    values: fc.uniqueArray(text(8), { minLength: 4, maxLength: 4 }),
    skus: fc.uniqueArray(text(10), { minLength: 4, maxLength: 4 }),
    variants: fc.array(variant, { minLength: 1, maxLength: 4 }),
    quantityMax: fc.integer({ min: 1, max: 200 }),
    related: fc.uniqueArray(fc.constantFrom('one', 'two'), { maxLength: 2 }),
    seo: fc.record({ title: fc.option(text(), { nil: '' }), description: fc.constant('') }),
    translated: fc.boolean(),
  })
  .map(({ values, skus, variants, translated, ...rest }) =>
    productInputSchema.parse({
      ...rest,
      handle: 'round-trip',
      publishAt: rest.status === 'scheduled' ? '2030-01-01T00:00:00.000Z' : null,
      fulfilment:
        rest.kind === 'physical'
          ? { template: 'parcel', weightGrams: 7, returnDays: 14 }
          : { template: 'licence-key', activationsMax: 3, validDays: null },
      translations: translated ? { de: { title: 'Titel' } } : {},
      variants: (rest.optionNames.length === 0 ? variants.slice(0, 1) : variants).map(
        ({ isReduced, onHand, ...each }, index) => ({
          ...each,
          sku: skus[index],
          options: Object.fromEntries(rest.optionNames.map((name) => [name, values[index]])),
          compareAtPrices: isReduced
            ? each.prices
                .slice(0, 2)
                .map((price) => ({ ...price, amount: price.amount + 1 + (index % 2) * 5 }))
            : [],
          onHand: each.stockTracked ? onHand : null,
        }),
      ),
    }),
  );

it('a product written as Shopify’s rows and read back is the same product, whatever is in it', async () => {
  await fc.assert(
    fc.asyncProperty(product, fc.constantFrom('EUR', 'JPY'), async (stated, currency) => {
      const before = await prepareProduct(stated, async (html) => html);
      if (!before.ok) throw new Error('cannot be prepared');
      const { contentHash, ...kept } = before.value;
      const bytes = new TextEncoder().encode(shopifyHeader() + shopifyRows(kept, currency));
      const [header, ...records] = readCsvRecords(bytes, 1, 0);
      const columns = mapColumns(header?.fields ?? []);
      if ('faults' in columns) throw new Error(columns.faults.join());
      const { product: read, faults } = readShopifyProduct('round-trip', records, columns, currency);
      expect(faults).toEqual([]);
      const after = read === null ? null : await prepareProduct(read.input, async (html) => html);
      expect(after?.ok === true && after.value.contentHash).toBe(contentHash);
      expect(read?.input.variants.map(({ onHand }) => onHand)).toEqual(
        stated.variants.map(({ onHand }) => onHand),
      );
    }),
    { numRuns: 300 },
  );
});
