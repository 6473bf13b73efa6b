import type { ImportFault } from '#shared/contracts/http/imports.ts';
import { type ProductInput, productInputSchema } from '#shared/contracts/http/product-input.ts';
import type { ProductStatus } from '#shared/domain/product.ts';
import type { Currency } from '#shared/money/money.ts';
import type { Candidate, StatedProduct } from './candidate.ts';
import type { CsvRecord } from './csv.ts';
import type { Column, ColumnMap } from './shopify-columns.ts';
import { jsonObject, readVariant, slug, statesVariant } from './shopify-variant.ts';

const OPTION_NAMES = ['option1Name', 'option2Name', 'option3Name'] as const;
/** Shopify's way to say "no options". */
const NO_OPTION = 'title';

/** One product from its rows, which share a handle. Product cells are read from the first row that has a title. */
export function readShopifyProduct(
  handle: string,
  records: readonly CsvRecord[],
  columns: ColumnMap,
  currency: Currency,
): Candidate {
  const { main, stated, rows, faults, notes } = statedByRows(handle, records, columns, currency);
  const cell = (column: Column): string => columns.cell(main.fields, column);
  const locate = locator(columns, main, rows);
  const parsed = productInputSchema.safeParse(stated);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const at = locate(`/${issue.path.map(String).join('/')}`);
      // A price that could not be read has been named already, by what is in its cell.
      if (!faults.some((known) => known.row === at.row && known.column === at.column))
        faults.push({ ...at, detail: issue.message });
    }
  }
  const row = records[0]?.row ?? main.row;
  if (!parsed.success || faults.length > 0) return { row, handle, product: null, faults, notes };
  return { row, handle, product: statedProduct(parsed.data, columns, currency, cell, locate), faults, notes };
}

/** What the rows say, whether or not it can be a product. */
export function statedByRows(
  handle: string,
  records: readonly CsvRecord[],
  columns: ColumnMap,
  currency: Currency,
) {
  const faults: ImportFault[] = [];
  const notes: ImportFault[] = [];
  const main = records.find((record) => columns.cell(record.fields, 'title') !== '') ??
    records[0] ?? { row: 1, fields: [], start: 0, end: 0 };
  const cell = (column: Column): string => columns.cell(main.fields, column);
  const optionNames = OPTION_NAMES.map(cell).filter(
    (name) => name !== '' && !(name.toLowerCase() === NO_OPTION && isDefaultTitle(records, columns)),
  );
  const rows = records.filter((record) => statesVariant(columns, record));
  const variants = rows.map((record) =>
    readVariant({ handle, columns, currency, optionNames, faults, notes }, record),
  );
  const more = cell('product') === '' ? {} : jsonObject(cell('product'));
  if (more === null)
    faults.push({ row: main.row, column: columns.name('product'), detail: 'is not a JSON object' });
  const stated: Record<string, unknown> = {
    handle,
    status: statusOf(cell, main, columns, faults),
    title: cell('title'),
    summary: cell('seoDescription').replaceAll(/\s+/g, ' ').slice(0, 500),
    descriptionHtml: columns.cell(main.fields, 'body'),
    vendor: cell('vendor'),
    tags: listOf(cell('tags')),
    collections: collectionsOf(cell),
    images: imagesOf(records, columns),
    optionNames,
    variants,
    ...deliveryOf(cell, main, columns, records, faults),
    ...more,
  };
  return { main, stated, rows, faults, notes };
}

function statedProduct(
  input: ProductInput,
  columns: ColumnMap,
  currency: Currency,
  cell: (column: Column) => string,
  locate: StatedProduct['locate'],
): StatedProduct {
  // A file that has the column for it states everything.
  if (cell('product') !== '') return { input, silent: [], onlyCurrency: null, locate };
  const silent: (keyof ProductInput)[] = [
    ...([
      'quantityMax',
      'limits',
      'taxClass',
      'delivery',
      'productType',
      'attributes',
      'translations',
      'seo',
      'related',
    ] as const),
  ];
  if (cell('customisation') === '') silent.push('customisationSchema');
  if (cell('kind') === '' && cell('fulfilment') === '' && input.kind !== 'physical')
    silent.push('kind', 'fulfilment');
  if (!columns.has('type') && !columns.has('collection')) silent.push('collections');
  if (!columns.has('body')) silent.push('descriptionHtml', 'summary');
  if (!columns.has('imageSrc')) silent.push('images');
  if (!columns.has('tags')) silent.push('tags');
  if (!columns.has('vendor')) silent.push('vendor');
  if (!columns.has('status') && !columns.has('published')) silent.push('status', 'publishAt');
  return { input, silent, onlyCurrency: currency, locate };
}

const isDefaultTitle = (records: readonly CsvRecord[], columns: ColumnMap): boolean =>
  records.every((record) =>
    ['', 'default title'].includes(columns.cell(record.fields, 'option1Value').toLowerCase()),
  );

const STATUS: Record<string, ProductStatus> = {
  active: 'published',
  draft: 'draft',
  archived: 'archived',
  unlisted: 'draft',
};

/** `Status` decides; an active product that is not published in the shop is a draft here. */
function statusOf(
  cell: (column: Column) => string,
  main: CsvRecord,
  columns: ColumnMap,
  faults: ImportFault[],
): ProductStatus {
  const status = cell('status').toLowerCase();
  const isHidden = ['false', 'no', '0'].includes(cell('published').toLowerCase());
  if (status === '') return isHidden ? 'draft' : 'published';
  const known = Object.hasOwn(STATUS, status) ? STATUS[status] : undefined;
  if (known === undefined) {
    const detail = `must be active, draft or archived, not ${status.slice(0, 40)}`;
    faults.push({ row: main.row, column: columns.name('status'), detail });
  }
  return known === 'published' && isHidden ? 'draft' : (known ?? 'draft');
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function collectionsOf(cell: (column: Column) => string): { handle: string; title: string }[] {
  const titles = [cell('collection'), cell('type')].filter((title) => slug(title) !== '');
  return titles
    .map((title) => ({ handle: slug(title), title }))
    .filter((each, index, all) => all.findIndex((other) => other.handle === each.handle) === index);
}

function imagesOf(records: readonly CsvRecord[], columns: ColumnMap): ProductInput['images'] {
  const images = records.flatMap((record, index) => {
    const url = columns.cell(record.fields, 'imageSrc');
    const position = Number(columns.cell(record.fields, 'imagePosition'));
    const alt = columns.cell(record.fields, 'imageAlt').replaceAll(/\s+/g, ' ');
    return url === '' ? [] : [{ url, alt, position: position > 0 ? position : index + 1 }];
  });
  return images
    .sort((a, b) => a.position - b.position)
    .filter((image, index, all) => all.findIndex((other) => other.url === image.url) === index)
    .map(({ url, alt }) => ({ url, alt, alts: {}, skus: [] }));
}

/**
 * What needs shipping is a parcel, anything else a licence, unless the columns `Tradepost Kind`, `Tradepost Fulfilment`
 * (JSON) and `Tradepost Customisation` (JSON Schema) say otherwise.
 */
function deliveryOf(
  cell: (column: Column) => string,
  main: CsvRecord,
  columns: ColumnMap,
  records: readonly CsvRecord[],
  faults: ImportFault[],
): { kind: unknown; fulfilment: unknown; customisationSchema: unknown } {
  const json = (column: Column): unknown => {
    if (cell(column) === '') return null;
    try {
      return JSON.parse(cell(column)) as unknown;
    } catch {
      faults.push({ row: main.row, column: columns.name(column), detail: 'is not JSON' });
      return null;
    }
  };
  const shipped = records.some((record) =>
    ['true', 'yes', '1'].includes(columns.cell(record.fields, 'shipping').toLowerCase()),
  );
  const grams = records.map((record) => Math.round(Number(columns.cell(record.fields, 'grams')) || 0));
  const kind = cell('kind').toLowerCase() || (shipped ? 'physical' : 'licence');
  const byDefault =
    kind === 'physical'
      ? { template: 'parcel', weightGrams: Math.max(0, ...grams) }
      : { template: 'licence-key', activationsMax: 1, validDays: null };
  return {
    kind,
    fulfilment: json('fulfilment') ?? byDefault,
    customisationSchema: json('customisation'),
  };
}

const FIELD_COLUMNS: Record<string, Column> = {
  handle: 'handle',
  status: 'status',
  title: 'title',
  summary: 'seoDescription',
  descriptionHtml: 'body',
  vendor: 'vendor',
  tags: 'tags',
  collections: 'type',
  images: 'imageSrc',
  optionNames: 'option1Name',
  kind: 'kind',
  fulfilment: 'fulfilment',
  customisationSchema: 'customisation',
};
const VARIANT_COLUMNS: Record<string, Column> = {
  sku: 'sku',
  options: 'option1Value',
  prices: 'price',
  compareAtPrices: 'compareAt',
  onHand: 'quantity',
};

function locator(
  columns: ColumnMap,
  main: CsvRecord,
  variantRows: readonly CsvRecord[],
): StatedProduct['locate'] {
  return (pointer) => {
    const [, field = '', index, inner = ''] = pointer.split('/');
    const variantRow = field === 'variants' ? variantRows[Number(index ?? -1)] : undefined;
    if (variantRow !== undefined) {
      const column = VARIANT_COLUMNS[inner];
      return { row: variantRow.row, column: column === undefined ? null : columns.name(column) };
    }
    const column = field === 'variants' ? 'price' : FIELD_COLUMNS[field];
    return { row: main.row, column: column === undefined ? null : columns.name(column) };
  };
}
