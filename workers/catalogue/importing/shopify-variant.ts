import type { ImportFault } from '#shared/contracts/http/imports.ts';
import { PRODUCT_LIMITS, type VariantInput } from '#shared/contracts/http/product-input.ts';
import { type Currency, parseDecimal } from '#shared/money/money.ts';
import type { CsvRecord } from './csv.ts';
import type { Column, ColumnMap } from './shopify-columns.ts';

const OPTION_VALUES = ['option1Value', 'option2Value', 'option3Value'] as const;

export interface VariantContext {
  handle: string;
  columns: ColumnMap;
  currency: Currency;
  optionNames: readonly string[];
  /** Collects what is wrong and what was understood differently. */
  faults: ImportFault[];
  notes: ImportFault[];
}

/** A row states a variant unless it only adds an image. */
export const statesVariant = (columns: ColumnMap, record: CsvRecord): boolean =>
  (['price', 'sku', 'option1Value'] as const).some((column) => columns.cell(record.fields, column) !== '');

export function readVariant(context: VariantContext, record: CsvRecord): VariantInput {
  const { columns, currency } = context;
  const cell = (column: Column): string => columns.cell(record.fields, column);
  const fault = (column: Column, detail: string): void => {
    context.faults.push({ row: record.row, column: columns.name(column), detail });
  };
  const amount = (column: 'price' | 'compareAt'): number | null => {
    const text = cell(column);
    if (text === '') return null;
    const money = parseDecimal(text, currency);
    if (money === null) fault(column, `is not an amount in ${currency}: ${text.slice(0, 40)}`);
    return money?.amount ?? null;
  };
  const price = amount('price');
  const more = variantMore(cell('variant'), (detail) => fault('variant', detail));
  if (price === null && cell('price') === '' && more.prices.length === 0) fault('price', 'is empty');
  const compareAt = amount('compareAt');
  const options = Object.fromEntries(
    context.optionNames.map((name, index) => [name, cell(OPTION_VALUES[index] ?? 'option1Value')]),
  );
  const isHigher = compareAt !== null && compareAt > (price ?? 0);
  // Shopify keeps such ones and shows none; 0 is how its files say none.
  if (compareAt !== null && compareAt > 0 && !isHigher)
    context.notes.push({
      row: record.row,
      column: columns.name('compareAt'),
      detail: 'is not higher than the price and was left out',
    });
  const compareAtPrices = isHigher ? [{ amount: compareAt, currency }] : [];
  return {
    sku: skuOf(cell('sku'), context.handle, Object.values(options)),
    title: '',
    options,
    ...stockOf(context, record),
    limits: null,
    ...more.fields,
    prices: [...(price === null ? [] : [{ amount: price, currency }]), ...more.prices],
    compareAtPrices: [...compareAtPrices, ...more.compareAtPrices],
  };
}

type Prices = VariantInput['prices'];

/** What the column for it says beside the others: whole fields, and prices in further currencies. */
function variantMore(
  text: string,
  fault: (detail: string) => void,
): { fields: Partial<VariantInput>; prices: Prices; compareAtPrices: Prices } {
  const nothing = { fields: {}, prices: [], compareAtPrices: [] };
  if (text === '') return nothing;
  const value = jsonObject(text);
  if (value === null) {
    fault('is not a JSON object');
    return nothing;
  }
  const { prices = [], compareAtPrices = [], ...fields } = value;
  if (!Array.isArray(prices) || !Array.isArray(compareAtPrices)) {
    fault('has prices that are no list');
    return nothing;
  }
  return { fields, prices: prices as Prices, compareAtPrices: compareAtPrices as Prices };
}

/** Null: the text is not one. */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/**
 * Spreadsheets guard leading zeros with an apostrophe, which is no part of the SKU. A variant without one gets
 * `<handle>--<option values>`, the same at every import.
 */
function skuOf(cell: string, handle: string, values: readonly string[]): string {
  const given = cell.replace(/^'/, '').trim();
  if (given !== '') return given;
  const suffix = values.map(slug).filter((part) => part !== '');
  const derived = suffix.length === 0 ? handle : `${handle}--${suffix.join('-')}`;
  return derived.length <= PRODUCT_LIMITS.skuLength
    ? derived
    : `${derived.slice(0, PRODUCT_LIMITS.skuLength - 9)}-${checksum(derived)}`;
}

/** `continue` sells on when nothing is left, so nothing needs to be tracked. */
function stockOf(context: VariantContext, record: CsvRecord): Pick<VariantInput, 'stockTracked' | 'onHand'> {
  const { columns } = context;
  const cell = (column: Column): string => columns.cell(record.fields, column);
  const sellsOn = ['continue', 'true'].includes(cell('policy').toLowerCase());
  const stockTracked = cell('tracker') !== '' && !sellsOn;
  const text = cell('quantity');
  if (!stockTracked || text === '') return { stockTracked, onHand: null };
  const where = { row: record.row, column: columns.name('quantity') };
  if (!/^-?\d{1,10}(?:\.0+)?$/.test(text) || Number(text) > PRODUCT_LIMITS.onHand) {
    context.faults.push({ ...where, detail: `is not a quantity: ${text.slice(0, 40)}` });
    return { stockTracked, onHand: null };
  }
  if (Number(text) < 0) context.notes.push({ ...where, detail: `${text} was taken as 0` });
  return { stockTracked, onHand: Math.max(0, Number(text)) };
}

/** Letters and digits of any script, joined by hyphens. */
export const slug = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');

/** FNV-1a, eight hex digits: tells long derived SKUs apart. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
