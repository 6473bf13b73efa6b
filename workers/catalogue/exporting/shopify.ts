import type { ProductInput, VariantInput } from '#shared/contracts/http/product-input.ts';
import { productInputSchema } from '#shared/contracts/http/product-input.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { csvRecord, guardedText } from '#shared/http/csv.ts';
import { type Currency, decimalText } from '#shared/money/money.ts';
import { type Column, mapColumns } from '../importing/shopify-columns.ts';
import { statedByRows } from '../importing/shopify-product.ts';

/** Our columns among those of Shopify's present product template, by what they hold. */
const HEADER = [
  ['Title', 'title'],
  ['URL handle', 'handle'],
  ['Description', 'body'],
  ['Vendor', 'vendor'],
  ['Type', 'type'],
  ['Tags', 'tags'],
  ['Published on online store', 'published'],
  ['Status', 'status'],
  ['SKU', 'sku'],
  ['Option1 name', 'option1Name'],
  ['Option1 value', 'option1Value'],
  ['Option2 name', 'option2Name'],
  ['Option2 value', 'option2Value'],
  ['Option3 name', 'option3Name'],
  ['Option3 value', 'option3Value'],
  ['Price', 'price'],
  ['Compare-at price', 'compareAt'],
  ['Inventory tracker', 'tracker'],
  ['Inventory quantity', 'quantity'],
  ['Continue selling when out of stock', 'policy'],
  ['Weight value (grams)', 'grams'],
  ['Requires shipping', 'shipping'],
  ['Product image URL', 'imageSrc'],
  ['Image position', 'imagePosition'],
  ['Image alt text', 'imageAlt'],
  ['SEO description', 'seoDescription'],
  ['Tradepost Kind', 'kind'],
  ['Tradepost Fulfilment', 'fulfilment'],
  ['Tradepost Customisation', 'customisation'],
  ['Tradepost Product', 'product'],
  ['Tradepost Variant', 'variant'],
] as const satisfies readonly (readonly [string, Column])[];

const COLUMNS = mapColumns(HEADER.map(([name]) => name));
type Row = Partial<Record<Column, string>>;

export const shopifyHeader = (): string => csvRecord(HEADER.map(([name]) => name));

/**
 * The rows of a product in Shopify's format, amounts in `currency`. What its columns cannot say (further currencies,
 * attributes, translations and the like) stands as JSON in two columns of ours: whatever our own reader would not have
 * read from the others. So a file read back is the same product, whichever fields a product comes to have.
 */
export function shopifyRows(product: ProductInput, currency: Currency): string {
  const rows = rowsOf(product, currency);
  const read = readBack(product, rows, currency);
  const more = Object.fromEntries(
    Object.entries(product).filter(
      ([name, value]) => name !== 'variants' && !isEqual(read.product[name as keyof ProductInput], value),
    ),
  );
  for (const [index, variant] of product.variants.entries()) {
    const row = rows[index];
    if (row !== undefined) row.variant = variantMore(product, variant, read.variants[index] ?? {}, currency);
  }
  // Said even when there is nothing more: it tells the reader that the file states everything.
  return rows
    .map((row, index) => line(index === 0 ? { ...row, product: JSON.stringify(more) } : row))
    .join('');
}

const line = (row: Row): string => csvRecord(HEADER.map(([, column]) => row[column] ?? ''));

const isEqual = (a: unknown, b: unknown): boolean => a !== undefined && canonicalJson(a) === canonicalJson(b);

const STATUS = { published: 'Active', scheduled: 'Draft', draft: 'Draft', archived: 'Archived' } as const;

function rowsOf(product: ProductInput, currency: Currency): Row[] {
  const count = Math.max(product.variants.length, product.images.length);
  return Array.from({ length: count }, (_, index): Row => {
    const variant = product.variants[index];
    const image = product.images[index];
    return {
      handle: product.handle,
      ...(index === 0 ? productCells(product) : {}),
      ...(variant === undefined ? {} : variantCells(product, variant, currency)),
      ...(image === undefined
        ? {}
        : { imageSrc: image.url, imagePosition: String(index + 1), imageAlt: image.alt }),
    };
  });
}

const productCells = (product: ProductInput): Row => ({
  title: product.title,
  body: product.descriptionHtml,
  vendor: product.vendor,
  type: product.collections[0]?.title ?? '',
  tags: product.tags.join(', '),
  published: String(product.status === 'published').toUpperCase(),
  status: STATUS[product.status],
  option1Name: product.optionNames[0] ?? 'Title',
  option2Name: product.optionNames[1] ?? '',
  option3Name: product.optionNames[2] ?? '',
  seoDescription: product.summary,
  kind: product.kind,
  fulfilment: JSON.stringify(product.fulfilment),
  customisation: product.customisationSchema === null ? '' : JSON.stringify(product.customisationSchema),
});

function variantCells(product: ProductInput, variant: VariantInput, currency: Currency): Row {
  const [first, second, third] = product.optionNames.map((name) => variant.options[name] ?? '');
  const amount = (prices: VariantInput['prices']): string => {
    const found = prices.find((price) => price.currency === currency);
    return found === undefined ? '' : decimalText(found);
  };
  const { fulfilment } = product;
  return {
    sku: variant.sku,
    option1Value: first ?? 'Default Title',
    option2Value: second ?? '',
    option3Value: third ?? '',
    price: amount(variant.prices),
    compareAt: amount(variant.compareAtPrices),
    tracker: variant.stockTracked ? 'shopify' : '',
    quantity: variant.onHand === null ? '' : String(variant.onHand),
    policy: 'DENY',
    grams: fulfilment.template === 'parcel' ? String(fulfilment.weightGrams) : '',
    shipping: String(product.kind === 'physical').toUpperCase(),
  };
}

/** What our reader makes of these rows before the columns of ours are there. */
function readBack(
  { handle }: ProductInput,
  rows: readonly Row[],
  currency: Currency,
): { product: Partial<ProductInput>; variants: Partial<VariantInput>[] } {
  if ('faults' in COLUMNS) throw new Error('our own header cannot be read');
  const records = rows.map((row, index) => ({
    row: index + 2,
    fields: HEADER.map(([, column]) => guardedText(row[column] ?? '')),
    start: 0,
    end: 0,
  }));
  const { stated } = statedByRows(handle, records, COLUMNS, currency);
  const parsed = productInputSchema.safeParse(stated);
  const product = (parsed.success ? parsed.data : stated) as Partial<ProductInput>;
  return { product, variants: product.variants ?? [] };
}

/** Fields the columns do not say, and prices in further currencies; empty: there are none. */
function variantMore(
  product: ProductInput,
  variant: VariantInput,
  read: Partial<VariantInput>,
  currency: Currency,
): string {
  const joined = product.optionNames.map((name) => variant.options[name]).join(' / ');
  const { prices, compareAtPrices, ...fields } = {
    ...variant,
    title: variant.title === joined ? '' : variant.title,
  };
  const differing = Object.entries(fields).filter(
    ([name, value]) => !isEqual(read[name as keyof VariantInput], value),
  );
  const readIn = (found: VariantInput['prices'] | undefined) =>
    new Set((found ?? []).filter((price) => price.currency === currency).map(({ amount }) => amount));
  const beside = (all: VariantInput['prices'], known: Set<number>) =>
    all.filter((price) => price.currency !== currency || !known.has(price.amount));
  const more = {
    ...Object.fromEntries(differing),
    ...listed('prices', beside(prices, readIn(read.prices))),
    ...listed('compareAtPrices', beside(compareAtPrices, readIn(read.compareAtPrices))),
  };
  return Object.keys(more).length === 0 ? '' : JSON.stringify(more);
}

const listed = (name: string, values: readonly unknown[]) => (values.length === 0 ? {} : { [name]: values });
