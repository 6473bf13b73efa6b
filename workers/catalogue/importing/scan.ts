import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { FoundSegment, Stray } from '../queries/import-items.ts';
import { type CsvBreak, type CsvPlace, type CsvRecord, readCsvWindow } from './csv.ts';
import { type ColumnMap, mapColumns } from './shopify-columns.ts';

/** What a window of a file names. Byte offsets count from the beginning of the file. */
export interface Scanned<Place> {
  segments: FoundSegment[];
  strays: Stray[];
  rows: number;
  /** Bytes that are done with; 0: the window holds nothing whole. */
  used: number;
  place: Place;
}

export interface ShopifyPlace extends CsvPlace {
  header: string[] | null;
  /** Of the row before. */
  handle: string;
}
export const SHOPIFY_BEGINNING: ShopifyPlace = {
  row: 1,
  line: 1,
  width: 0,
  afterBreak: false,
  header: null,
  handle: '',
};

/** Which rows of a Shopify product file are whose. Fails when the file has no header that could be used. */
export function scanShopify(
  bytes: Uint8Array,
  offset: number,
  place: ShopifyPlace,
  isLast: boolean,
): Result<Scanned<ShopifyPlace>, string> {
  const window = readCsvWindow(bytes, place, isLast);
  const [first] = window.records;
  const header = place.header ?? (first?.row === 1 ? first.fields : null);
  if (header === null) {
    if (window.used === 0 && !isLast) return ok(nothing(place));
    return fail('has no header row that can be read as CSV');
  }
  const columns = mapColumns(header);
  if ('faults' in columns) return fail(columns.faults.join('; '));
  const records = place.header === null ? window.records.slice(1) : window.records;
  const gathered = new Gathering(columns, offset, place.handle);
  const lines = [...records.map((record) => ({ record })), ...window.breaks.map((broken) => ({ broken }))];
  for (const line of lines.sort((a, b) => rowOf(a) - rowOf(b))) {
    if ('record' in line) gathered.add(line.record);
    else gathered.addBreak(line.broken);
  }
  const { segments, strays, handle } = gathered;
  return ok({
    segments,
    strays,
    rows: records.length + window.breaks.length,
    used: window.used,
    place: { ...window.next, header, handle },
  });
}

const nothing = <Place>(place: Place): Scanned<Place> => ({
  segments: [],
  strays: [],
  rows: 0,
  used: 0,
  place,
});

const rowOf = (line: { record: CsvRecord } | { broken: CsvBreak }): number =>
  'record' in line ? line.record.row : line.broken.row;

/** What a broken row may start with to name a product of its own. */
const HANDLE = /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}_-]{0,199}$/u;

/** Gathers rows that follow one another and have one handle into segments. */
class Gathering {
  readonly segments: FoundSegment[] = [];
  readonly strays: Stray[] = [];
  handle: string;
  readonly #columns: ColumnMap;
  readonly #offset: number;

  constructor(columns: ColumnMap, offset: number, handle: string) {
    this.#columns = columns;
    this.#offset = offset;
    this.handle = handle;
  }

  add(record: CsvRecord): void {
    const handle = this.#handleOf(record.fields);
    if (handle === '') {
      if (record.fields.some((field) => field.trim() !== '')) this.#addStray(record.row);
      return;
    }
    const [start, end] = [this.#offset + record.start, this.#offset + record.end];
    const last = this.segments.at(-1);
    if (
      last?.segment !== undefined &&
      last.segment !== null &&
      last.handle === handle &&
      last.segment[2] === start
    )
      last.segment[2] = end;
    else this.segments.push({ handle, row: record.row, segment: [record.row, start, end], faults: [] });
    this.handle = handle;
  }

  /** It belongs to the product whose handle it starts with, or else the one whose rows stand before it. */
  addBreak({ row, line, detail, text }: CsvBreak): void {
    const fault = { row, column: null, detail: `cannot be read (line ${line}): it ${detail}` };
    const firstCell = /^\s*"?([^",\r\n]+)"?\s*,/.exec(text)?.[1] ?? '';
    const starts = this.#handleOf([firstCell]);
    const owner = HANDLE.test(starts) ? starts : this.handle;
    if (owner === '') this.strays.push({ row, handle: null, faults: [fault] });
    else this.segments.push({ handle: owner, row, segment: null, faults: [fault] });
  }

  #handleOf(fields: readonly string[]): string {
    return this.#columns.cell(fields, 'handle').toLowerCase();
  }

  #addStray(row: number): void {
    const detail = 'is empty: the row belongs to no product';
    this.strays.push({
      row,
      handle: null,
      faults: [{ row, column: this.#columns.name('handle'), detail }],
    });
  }
}

export interface JsonlPlace {
  row: number;
}
export const JSONL_BEGINNING: JsonlPlace = { row: 1 };
const LINE_FEED = 10;

/** Which lines of our own format are whose. */
export function scanJsonl(
  bytes: Uint8Array,
  offset: number,
  place: JsonlPlace,
  isLast: boolean,
): Scanned<JsonlPlace> {
  const found: Scanned<JsonlPlace> = nothing({ ...place });
  while (found.used < bytes.length) {
    const feed = bytes.indexOf(LINE_FEED, found.used);
    if (feed === -1 && !isLast) break;
    const end = feed === -1 ? bytes.length : feed + 1;
    const text = new TextDecoder().decode(bytes.subarray(found.used, end));
    if (text.trim() !== '') {
      const { row } = found.place;
      const handle = handleOfLine(text);
      const faults = [{ row, column: null, detail: 'is not one JSON object with a handle' }];
      if (handle === null) found.strays.push({ row, handle: null, faults });
      else
        found.segments.push({ handle, row, segment: [row, offset + found.used, offset + end], faults: [] });
      found.rows += 1;
    }
    found.used = end;
    found.place.row += 1;
  }
  return found;
}

function handleOfLine(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = value !== null && typeof value === 'object' && 'handle' in value;
    return isObject && typeof value.handle === 'string' ? value.handle.slice(0, 200) : null;
  } catch {
    return null;
  }
}
