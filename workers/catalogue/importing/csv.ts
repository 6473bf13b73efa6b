import { CsvError, parse } from 'csv-parse/sync';
import { CSV_BREAKS_MAX } from '../limits.ts';

/** A record of a CSV file. `row` counts records as a spreadsheet does, the header being row 1. */
export interface CsvRecord {
  row: number;
  fields: string[];
  /** Its bytes in the file, line end included. */
  start: number;
  end: number;
}
/** A run of lines that is no record. */
export interface CsvBreak {
  row: number;
  /** First line of the file it concerns. */
  line: number;
  detail: string;
  /** The beginning of the broken record, to tell whom it belongs to. */
  text: string;
  start: number;
  end: number;
}
export interface CsvFile {
  header: CsvRecord;
  records: CsvRecord[];
  breaks: CsvBreak[];
  /** The file's bytes, without a byte order mark. */
  bytes: Uint8Array;
}

const LINE_FEED = 10;
const BREAK_TEXT_LENGTH = 300;

/**
 * Reads a CSV file (RFC 4180; LF or CRLF; quoted cells over several lines). Where a record is broken, reading goes on at
 * the line after its first, so one wrong quote costs the rows it touches and not the file. Lines that follow a break and
 * are no record either count as the same break.
 *
 * @returns null when there is no header
 */
export function readCsv(file: Uint8Array): CsvFile | null {
  const bytes = withoutMark(file);
  const state = { at: 0, row: 1, records: [] as CsvRecord[], breaks: [] as CsvBreak[], width: 0 };
  for (let seen = 0; state.at < bytes.length; seen += 1) {
    const error = readUntilBreak(bytes, state);
    if (error === null) break;
    if (seen === CSV_BREAKS_MAX) {
      const detail = `more than ${CSV_BREAKS_MAX} places of this file cannot be read; nothing after this row was looked at`;
      addBreak(bytes, state, detail, bytes.length);
      break;
    }
    addBreak(bytes, state, explained(error, state.width), afterLine(bytes, state.at));
  }
  const [header, ...records] = state.records;
  return header === undefined || header.row !== 1 ? null : { header, records, breaks: state.breaks, bytes };
}

interface State {
  at: number;
  row: number;
  records: CsvRecord[];
  breaks: CsvBreak[];
  width: number;
}

function readUntilBreak(bytes: Uint8Array, state: State): CsvError | null {
  const from = state.at;
  try {
    parse(bytes.subarray(from), {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\n', '\r\n'],
      on_record: ((parsed: { record: string[]; info: { bytes: number } }) => {
        const end = from + parsed.info.bytes;
        keep(bytes, state, parsed.record, end);
        return null;
      }) as never,
    });
    return null;
  } catch (error) {
    if (error instanceof CsvError) return error;
    throw error;
  }
}

function keep(bytes: Uint8Array, state: State, fields: string[], end: number): void {
  if (state.width === 0) state.width = fields.length;
  const isWhole = fields.length === state.width;
  if (isWhole) state.records.push({ row: state.row, fields, start: state.at, end });
  else addBreak(bytes, state, `has ${fields.length} cells where the header has ${state.width}`, end);
  if (!isWhole) return;
  state.at = end;
  state.row += 1;
}

/** A break that directly follows another one is part of it. */
function addBreak(bytes: Uint8Array, state: State, detail: string, end: number): void {
  const last = state.breaks.at(-1);
  if (last !== undefined && last.end === state.at) {
    last.end = end;
  } else {
    const text = new TextDecoder().decode(
      bytes.subarray(state.at, Math.min(end, state.at + BREAK_TEXT_LENGTH)),
    );
    state.breaks.push({ row: state.row, line: lineOf(bytes, state.at), detail, text, start: state.at, end });
    state.row += 1;
  }
  state.at = end;
}

function explained(error: CsvError, width: number): string {
  return (
    REASONS[error.code] ?? `cannot be read as ${width === 0 ? 'CSV' : `${width} cells`}: ${error.message}`
  );
}

const REASONS: Partial<Record<CsvError['code'], string>> = {
  CSV_QUOTE_NOT_CLOSED: 'opens a quote that is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'has text after a closing quote; a quote inside a quoted cell must be doubled',
  INVALID_OPENING_QUOTE:
    'has a quote in the middle of a cell; quote the whole cell and double the quotes in it',
};

function afterLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(LINE_FEED, from);
  return end === -1 ? bytes.length : end + 1;
}

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1 && at < offset; at = bytes.indexOf(LINE_FEED, at + 1))
    line += 1;
  return line;
}

const withoutMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
