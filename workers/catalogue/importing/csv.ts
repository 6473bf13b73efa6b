import { CsvError, parse } from 'csv-parse/sync';

/** A record of a CSV file. `row` counts records as a spreadsheet does, the header being row 1. */
export interface CsvRecord {
  row: number;
  fields: string[];
  /** Its bytes in the window, line end included. */
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

/** Where in the file a window begins. */
export interface CsvPlace {
  row: number;
  line: number;
  /** Cells of a record; 0: the header is still to come. */
  width: number;
  /** What went right before was a break: what follows it and is no record either belongs to it. */
  afterBreak: boolean;
}
export const CSV_BEGINNING: CsvPlace = { row: 1, line: 1, width: 0, afterBreak: false };

export interface CsvWindow {
  records: CsvRecord[];
  breaks: CsvBreak[];
  /** Bytes that are done with; the next window begins behind them. */
  used: number;
  next: CsvPlace;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BREAK_TEXT_LENGTH = 300;
/** Places of one window that cannot be read; each costs a second look at the rest of it. */
const BREAKS_MAX = 50;

/**
 * Reads what a window of a CSV file holds whole (RFC 4180; LF or CRLF; quoted cells over several lines). Where a record
 * is broken, reading goes on at the line after its first, so one wrong quote costs the rows it touches and not the file.
 * Unless the window is the file's last one, a record that may go on behind its end is left for the next.
 */
export function readCsvWindow(window: Uint8Array, from: CsvPlace, isLast: boolean): CsvWindow {
  // A line end must not be torn: behind a closing quote half of one is an error.
  const isTorn = !isLast && window.at(-1) === CARRIAGE_RETURN;
  const bytes = isTorn ? window.subarray(0, -1) : window;
  const state: State = { bytes, isLast, at: 0, ...from, records: [], breaks: [], isOpen: false };
  while (state.at < bytes.length && !state.isOpen && state.breaks.length < BREAKS_MAX) {
    const error = readUntilBreak(state);
    if (error === null || state.isOpen) break;
    const end = afterLine(bytes, state.at);
    state.isOpen = !isLast && (error.code === 'CSV_QUOTE_NOT_CLOSED' || end === bytes.length);
    if (!state.isOpen) addBreak(state, explained(error, state.width), end);
  }
  const { at, row, line, width, afterBreak, records, breaks } = state;
  return { records, breaks, used: at, next: { row, line, width, afterBreak } };
}

/** The records of a stretch that was read before; `row` is that of the first. */
export function readCsvRecords(bytes: Uint8Array, row: number, width: number): CsvRecord[] {
  return readCsvWindow(bytes, { row, line: 1, width, afterBreak: false }, true).records;
}

interface State extends CsvPlace {
  bytes: Uint8Array;
  isLast: boolean;
  at: number;
  records: CsvRecord[];
  breaks: CsvBreak[];
  /** What stands at `at` may go on behind the window. */
  isOpen: boolean;
}

function readUntilBreak(state: State): CsvError | null {
  const from = state.at;
  try {
    parse(state.bytes.subarray(from), {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\n', '\r\n'],
      on_record: ((parsed: { record: string[]; info: { bytes: number } }) => {
        const end = from + parsed.info.bytes;
        if (end >= state.bytes.length && !state.isLast) state.isOpen = true;
        else keep(state, parsed.record, end);
        return null;
      }) as never,
    });
    return null;
  } catch (error) {
    if (error instanceof CsvError) return error;
    throw error;
  }
}

function keep(state: State, fields: string[], end: number): void {
  if (state.width === 0) state.width = fields.length;
  if (fields.length !== state.width) {
    addBreak(state, `has ${fields.length} cells where the header has ${state.width}`, end);
    return;
  }
  state.records.push({ row: state.row, fields, start: state.at, end });
  state.row += 1;
  state.afterBreak = false;
  advance(state, end);
}

/** A break that directly follows another one is part of it. */
function addBreak(state: State, detail: string, end: number): void {
  if (!state.afterBreak) {
    const { bytes, row, line, at: start } = state;
    const text = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + BREAK_TEXT_LENGTH)));
    state.breaks.push({ row, line, detail, text, start, end });
    state.row += 1;
  }
  state.afterBreak = true;
  advance(state, end);
}

function advance(state: State, end: number): void {
  for (let at = state.at; at < end; at += 1) if (state.bytes[at] === LINE_FEED) state.line += 1;
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
