import type { ImportFault, ImportOptions } from '#shared/contracts/http/imports.ts';
import { CARD_NUMBER_MASK } from '#shared/domain/card-data.ts';

import type { JobFiles } from '../adapters/job-files.ts';
import { IMPORT_CHUNK_BYTES_MAX, IMPORT_PRODUCT_BYTES_MAX } from '../limits.ts';
import type { ItemRow } from '../queries/jobs.ts';
import type { Candidate } from './candidate.ts';
import { readCsvRecords } from './csv.ts';
import { readJsonlProduct } from './jsonl.ts';
import { type ColumnMap, mapColumns } from './shopify-columns.ts';
import { readShopifyProduct } from './shopify-product.ts';

type Segment = [row: number, start: number, end: number];
const segmentsOf = (item: ItemRow): Segment[] => JSON.parse(item.segments) as Segment[];
const bytesOf = (item: ItemRow): number =>
  segmentsOf(item).reduce((sum, [, start, end]) => sum + end - start, 0);

/** As many of the items as may be held at once; at least one. */
export function takeWithin(items: readonly ItemRow[]): ItemRow[] {
  let bytes = 0;
  const past = items.findIndex((item, index) => {
    bytes += bytesOf(item);
    return index > 0 && bytes > IMPORT_CHUNK_BYTES_MAX;
  });
  return items.slice(0, past === -1 ? items.length : past);
}

/** What the file states of some items, read where they stand in it. */
export async function readItems(
  files: Pick<JobFiles, 'read'>,
  file: { key: string; header: readonly string[]; options: ImportOptions },
  items: readonly ItemRow[],
): Promise<Candidate[]> {
  const columns = file.options.format === 'shopify' ? mapColumns(file.header) : null;
  if (columns !== null && 'faults' in columns) throw new Error('the header was read before');
  const reading = new Stretches(files, file.key);
  await reading.load(items.filter((item) => bytesOf(item) <= IMPORT_PRODUCT_BYTES_MAX).flatMap(segmentsOf));
  return items.map((item) => {
    if (bytesOf(item) > IMPORT_PRODUCT_BYTES_MAX) {
      const detail = `is stated in more than ${IMPORT_PRODUCT_BYTES_MAX} bytes`;
      return refused(item, [{ row: item.position, column: null, detail }]);
    }
    const stated = segmentsOf(item).map(([row, start, end]) => ({ row, bytes: reading.bytes(start, end) }));
    const candidate =
      columns === null ? jsonl(item, stated) : shopify(item, stated, columns, file.header, file.options);
    const faults = [...(JSON.parse(item.faults) as ImportFault[]), ...candidate.faults];
    return faults.length === 0 ? candidate : { ...candidate, product: null, faults };
  });
}

interface Stated {
  row: number;
  bytes: Uint8Array;
}

const refused = (item: ItemRow, faults: ImportFault[]): Candidate => ({
  row: item.position,
  handle: item.handle ?? '',
  product: null,
  faults,
  notes: [],
});

function jsonl(item: ItemRow, [stated]: Stated[]): Candidate {
  const text = new TextDecoder().decode(stated?.bytes);
  if (text.includes(CARD_NUMBER_MASK)) return holdsCard(item);
  return readJsonlProduct(item.handle ?? '', text, item.position);
}

function shopify(
  item: ItemRow,
  stated: readonly Stated[],
  columns: ColumnMap,
  header: readonly string[],
  { currency }: ImportOptions,
): Candidate {
  if (stated.length === 0) return refused(item, []);
  const records = stated.flatMap(({ row, bytes }) => readCsvRecords(bytes, row, header.length));
  const masked = records.find(({ fields }) => fields.some((field) => field.includes(CARD_NUMBER_MASK)));
  if (masked !== undefined) return holdsCard(item, masked.row);
  return readShopifyProduct(item.handle ?? '', records, columns, currency);
}

const holdsCard = (item: ItemRow, row = item.position): Candidate =>
  refused(item, [{ row, column: null, detail: 'must not hold a card number' }]);

/** Stretches of a file, those that lie close together read at once. */
class Stretches {
  readonly #files: Pick<JobFiles, 'read'>;
  readonly #key: string;
  readonly #loaded: { start: number; end: number; bytes: Uint8Array }[] = [];

  constructor(files: Pick<JobFiles, 'read'>, key: string) {
    this.#files = files;
    this.#key = key;
  }

  async load(segments: readonly Segment[]): Promise<void> {
    const runs: { start: number; end: number }[] = [];
    for (const [, start, end] of [...segments].sort(([, a], [, b]) => a - b)) {
      const last = runs.at(-1);
      if (last !== undefined && start - last.end <= GAP_BYTES_MAX) last.end = Math.max(last.end, end);
      else runs.push({ start, end });
    }
    for (const { start, end } of runs)
      this.#loaded.push({ start, end, bytes: await this.#files.read(this.#key, start, end - start) });
  }

  bytes(start: number, end: number): Uint8Array {
    const run = this.#loaded.find((each) => each.start <= start && end <= each.end);
    if (run === undefined) throw new Error('a stretch was not loaded');
    return run.bytes.subarray(start - run.start, end - run.start);
  }
}

/** Bytes nobody wants that are read rather than asked for twice. */
const GAP_BYTES_MAX = 16 * 1024;
