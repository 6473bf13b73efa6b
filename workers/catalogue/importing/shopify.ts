import type { ImportFault } from '#shared/contracts/http/imports.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Currency } from '#shared/money/money.ts';
import type { Candidate, FileFault, ReadFile } from './candidate.ts';
import { type CsvBreak, type CsvRecord, readCsv } from './csv.ts';
import { type ColumnMap, mapColumns } from './shopify-columns.ts';
import { readShopifyProduct } from './shopify-product.ts';

/**
 * Reads a Shopify product file. Rows of one handle are one product wherever they stand. A row that cannot be read refuses
 * the product it belongs to, so that a product never loses a variant to a slip of the keyboard.
 */
export function readShopify(file: Uint8Array, currency: Currency): Result<ReadFile, FileFault[]> {
  const csv = readCsv(file);
  if (csv === null) return fail([{ pointer: '', detail: 'has no header row that can be read as CSV' }]);
  const columns = mapColumns(csv.header.fields);
  if ('faults' in columns) return fail(columns.faults.map((detail) => ({ pointer: '', detail })));
  const groups = new Map<string, CsvRecord[]>();
  const strays: ReadFile['strays'] = [];
  for (const record of csv.records) {
    const handle = handleOf(columns, record.fields);
    const known = groups.get(handle);
    if (known !== undefined) known.push(record);
    else if (handle !== '') groups.set(handle, [record]);
    else if (record.fields.some((field) => field.trim() !== ''))
      strays.push({ row: record.row, faults: [noHandle(columns, record.row)] });
  }
  const broken = attributeBreaks(csv.breaks, csv.records, columns, groups);
  const candidates = [...groups].map(([handle, records]) => {
    const faults = broken.ofProduct.get(handle) ?? [];
    return withFaults(readShopifyProduct(handle, records, columns, currency), faults);
  });
  const unread = [...broken.ofProduct].flatMap(([handle, faults]) =>
    groups.has(handle) ? [] : [unreadable(handle, faults)],
  );
  return ok({
    rows: csv.records.length + csv.breaks.length,
    candidates: [...candidates, ...unread],
    strays: [...strays, ...broken.strays],
  });
}

/** What a broken row may start with to name a product of its own. */
const HANDLE = /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}_-]{0,199}$/u;

const handleOf = (columns: ColumnMap, fields: readonly string[]): string =>
  columns.cell(fields, 'handle').toLowerCase();

const noHandle = (columns: ColumnMap, row: number): ImportFault => ({
  row,
  column: columns.name('handle'),
  detail: 'is empty: the row belongs to no product',
});

const withFaults = (candidate: Candidate, faults: readonly ImportFault[]): Candidate =>
  faults.length === 0 ? candidate : { ...candidate, product: null, faults: [...candidate.faults, ...faults] };

/** A product of which no row can be read. */
const unreadable = (handle: string, faults: ImportFault[]): Candidate => ({
  row: faults[0]?.row ?? 0,
  handle,
  product: null,
  faults,
  notes: [],
});

/**
 * Whom broken rows belong to: the product whose handle they start with, and else the one whose rows stand before them.
 * A broken row with a handle of its own is a product of its own that is refused.
 */
function attributeBreaks(
  breaks: readonly CsvBreak[],
  records: readonly CsvRecord[],
  columns: ColumnMap,
  groups: ReadonlyMap<string, readonly CsvRecord[]>,
): { ofProduct: Map<string, ImportFault[]>; strays: ReadFile['strays'] } {
  const ofProduct = new Map<string, ImportFault[]>();
  const strays: ReadFile['strays'] = [];
  for (const each of breaks) {
    const fault: ImportFault = {
      row: each.row,
      column: null,
      detail: `cannot be read (line ${each.line}): it ${each.detail}`,
    };
    const firstCell = /^\s*"?([^",\r\n]+)"?\s*,/.exec(each.text)?.[1] ?? '';
    const starts = handleOf(columns, [firstCell]);
    const before = records.findLast((record) => record.row < each.row);
    const isNamed = groups.has(starts) || HANDLE.test(starts);
    const owner = isNamed ? starts : before === undefined ? '' : handleOf(columns, before.fields);
    if (owner === '') strays.push({ row: each.row, faults: [fault] });
    else ofProduct.set(owner, [...(ofProduct.get(owner) ?? []), fault]);
  }
  return { ofProduct, strays };
}
