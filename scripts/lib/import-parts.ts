import { readCsv } from '../../workers/catalogue/importing/csv.ts';
import { mapColumns } from '../../workers/catalogue/importing/shopify-columns.ts';

/** What one request takes: fewer than the server's limits, since the header is sent again with each part. */
const PART_ROWS_MAX = 1_900;
const PART_BYTES_MAX = 9_000_000;

/** A part of a file that one request can take. */
export interface ImportPart {
  body: Uint8Array;
  /** Row in the whole file of each row of the part, the part's first data row first. */
  rows: number[];
}

interface Piece {
  row: number;
  bytes: Uint8Array;
}

/**
 * Splits a Shopify file between products: all rows of a handle stay together, and what cannot be read stays with the row
 * before it. A file with no usable header is one part, for the server to refuse.
 */
export function csvParts(file: Uint8Array): ImportPart[] {
  const csv = readCsv(file);
  const columns = csv === null ? { faults: [] } : mapColumns(csv.header.fields);
  if (csv === null || 'faults' in columns) return [{ body: file, rows: [] }];
  const groups = new Map<string, Piece[]>();
  let handle = '';
  const lines = [
    ...csv.records.map((record) => ({ ...record, fields: record.fields })),
    ...csv.breaks.map((each) => ({ ...each, fields: null })),
  ].sort((a, b) => a.start - b.start);
  for (const line of lines) {
    if (line.fields !== null) handle = columns.cell(line.fields, 'handle').toLowerCase();
    const piece = { row: line.row, bytes: csv.bytes.subarray(line.start, line.end) };
    const group = groups.get(handle);
    if (group === undefined) groups.set(handle, [piece]);
    else group.push(piece);
  }
  return packed([...groups.values()], csv.bytes.subarray(csv.header.start, csv.header.end));
}

/** Splits our own format between lines. */
export function jsonlParts(file: Uint8Array): ImportPart[] {
  const groups: Piece[][] = [];
  let start = 0;
  for (let row = 1; start < file.length; row += 1) {
    const feed = file.indexOf(10, start);
    const end = feed === -1 ? file.length : feed + 1;
    groups.push([{ row, bytes: file.subarray(start, end) }]);
    start = end;
  }
  return packed(groups, new Uint8Array());
}

function packed(groups: readonly Piece[][], header: Uint8Array): ImportPart[] {
  const parts: Piece[][] = [[]];
  let bytes = 0;
  for (const group of groups) {
    const size = group.reduce((sum, piece) => sum + piece.bytes.length, 0);
    const current = parts.at(-1) ?? [];
    if (
      current.length > 0 &&
      (current.length + group.length > PART_ROWS_MAX || bytes + size > PART_BYTES_MAX)
    ) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(...group);
    bytes += size;
  }
  return parts.map((pieces) => ({
    body: joined([header, ...pieces.map((piece) => piece.bytes)]),
    rows: pieces.map((piece) => piece.row),
  }));
}

/** Joins byte runs, each ended by a line feed: the last line of a file may lack one. */
function joined(runs: readonly Uint8Array[]): Uint8Array {
  const ended = runs.flatMap((run) =>
    run.length === 0 || run.at(-1) === 10 ? [run] : [run, new Uint8Array([10])],
  );
  const whole = new Uint8Array(ended.reduce((sum, run) => sum + run.length, 0));
  let at = 0;
  for (const run of ended) {
    whole.set(run, at);
    at += run.length;
  }
  return whole;
}
