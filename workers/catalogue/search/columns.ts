import { CHUNK_PRODUCTS } from './postings.ts';
import { rangeStart } from './ranges.ts';

/** What a product is counted and narrowed by: facet, folded value, the value as people read it, also by language. */
export type FacetValue = readonly [
  facet: string,
  value: string,
  label: string,
  labels?: Readonly<Record<string, string>>,
];

/** How a facet of the shop's own is called, what its numbers count, and whether search counts by it or only narrows. */
export interface FacetInfo {
  title: string;
  unit: string | null;
  counted: boolean;
  /** Its numbers are days (epoch milliseconds), counted by the values beside them, which are their years. */
  days?: true;
}

/** What lists, filters and facets need of a product; its texts are elsewhere. */
export interface Columns {
  id: string;
  status: string;
  /** Folded title. */
  titleKey: string;
  /** Lowest amount in each currency, minor units. */
  prices: readonly (readonly [currency: string, amount: number])[];
  values: readonly FacetValue[];
  numbers: readonly (readonly [facet: string, number: number])[];
  /** What is to be known of its facets, where their names do not say it. */
  facets: Readonly<Record<string, FacetInfo>>;
}

/** A chunk's products by their place; null: nobody has that number. */
export type ChunkRows = (Columns | null)[];

interface Packed {
  /** Facet values of the chunk; products name them by their position. So with what is known of facets. */
  values: FacetValue[];
  facets: [facet: string, info: FacetInfo][];
  rows: ([string, string, string, Columns['prices'], number[], Columns['numbers'], number[]] | null)[];
}

export function packChunk(rows: ChunkRows): string {
  const positions = new Map<string, number>();
  const facetPositions = new Map<string, number>();
  const packed: Packed = { values: [], facets: [], rows: [] };
  const positionOf = (value: FacetValue): number => {
    const key = facetKey(value[0], value[1]);
    const known = positions.get(key);
    if (known !== undefined) return known;
    positions.set(key, packed.values.length);
    return packed.values.push(value) - 1;
  };
  const facetPositionOf = ([facet, info]: [string, FacetInfo]): number => {
    const key = JSON.stringify([facet, info]);
    const known = facetPositions.get(key);
    if (known !== undefined) return known;
    facetPositions.set(key, packed.facets.length);
    return packed.facets.push([facet, info]) - 1;
  };
  packed.rows = rows.map(
    (row) =>
      row && [
        row.id,
        row.status,
        row.titleKey,
        row.prices,
        row.values.map(positionOf),
        row.numbers,
        Object.entries(row.facets).map(facetPositionOf),
      ],
  );
  return JSON.stringify(packed);
}

export function unpackChunk(text: string): ChunkRows {
  const { values, facets, rows } = JSON.parse(text) as Packed;
  return rows.map(
    (row) =>
      row && {
        id: row[0],
        status: row[1],
        titleKey: row[2],
        prices: row[3],
        values: picked(values, row[4]),
        numbers: row[5],
        facets: Object.fromEntries(picked(facets, row[6])),
      },
  );
}

const picked = <Each>(all: readonly Each[], positions: readonly number[]): Each[] =>
  positions.flatMap((position) => {
    const each = all[position];
    return each === undefined ? [] : [each];
  });

export const facetKey = (facet: string, value: string): string => `${facet}\0${value}`;

/** Things by number, in the order they were first seen. */
class Numbered {
  readonly #numbers = new Map<string, number>();

  /** The number of a key, with `add` called when it is new; numbers begin at 0 and have no gaps. */
  of(key: string, add: () => void): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    add();
    return number;
  }
  find(key: string): number | undefined {
    return this.#numbers.get(key);
  }
}

/**
 * All facet values an isolate knows, each by a number; so with statuses and the beginnings of ranges. Grows, never shrinks,
 * until another generation is read.
 */
export class ValueDirectory {
  readonly #values = new Numbered();
  readonly #statuses = new Numbered();
  readonly #starts = new Numbered();
  readonly all: { facet: string; value: string; label: string; labels: Readonly<Record<string, string>> }[] =
    [];
  /** Beginnings of ranges (`rangeStart`) by their number. */
  readonly starts: number[] = [];
  readonly facets = new Map<string, FacetInfo>();

  /** What was read last decides how it is called. */
  numberOf([facet, value, label, labels = {}]: FacetValue): number {
    const number = this.#values.of(facetKey(facet, value), () => undefined);
    this.all[number] = { facet, value, label, labels };
    return number;
  }
  find(facet: string, value: string): number | undefined {
    return this.#values.find(facetKey(facet, value));
  }
  statusNumber(status: string): number {
    return this.#statuses.of(status, () => undefined);
  }
  startNumber(number: number): number {
    const start = rangeStart(number);
    return this.#starts.of(String(start), () => this.starts.push(start));
  }
}

/** Numbers of one kind by place. */
export interface NumberColumn {
  /** NaN: the product has none. */
  numbers: Float64Array;
  /** In which range each is, by the number of its beginning in the directory. Meaningless where there is none. */
  ranges: Uint16Array;
}

/** A chunk as it is searched: one array a column, a product's place its index. Never changes. */
export interface Chunk {
  chunk: number;
  /** Empty where nobody has the number. */
  ids: string[];
  /** By the status's number in the directory; `NOBODY` where nobody has the number. */
  statuses: Uint8Array;
  titleKeys: string[];
  /** Where the facet values of a place begin in `values`; those of the next place begin where they end. */
  starts: Uint32Array;
  values: Uint32Array;
  /** Amounts by currency, numbers by facet. */
  prices: Map<string, NumberColumn>;
  numbers: Map<string, NumberColumn>;
}
const NOBODY = 255;

export function readChunk(chunk: number, text: string, directory: ValueDirectory): Chunk {
  const packed = JSON.parse(text) as Packed;
  const numbers = Uint32Array.from(packed.values, (value) => directory.numberOf(value));
  for (const [facet, info] of packed.facets) directory.facets.set(facet, info);
  const starts = new Uint32Array(CHUNK_PRODUCTS + 1);
  const values: number[] = [];
  const read: Chunk = {
    chunk,
    ids: [],
    statuses: new Uint8Array(CHUNK_PRODUCTS).fill(NOBODY),
    titleKeys: [],
    starts,
    values: new Uint32Array(0),
    prices: new Map(),
    numbers: new Map(),
  };
  for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
    starts[place] = values.length;
    const row = packed.rows[place] ?? null;
    read.ids.push(row?.[0] ?? '');
    read.titleKeys.push(row?.[2] ?? '');
    if (row === null) continue;
    read.statuses[place] = directory.statusNumber(row[1]);
    for (const position of row[4]) values.push(numbers[position] ?? 0);
    for (const [currency, amount] of row[3]) put(read.prices, currency, place, amount, directory);
    for (const [facet, number] of row[5]) put(read.numbers, facet, place, number, directory);
  }
  starts[CHUNK_PRODUCTS] = values.length;
  read.values = Uint32Array.from(values);
  return read;
}

function put(
  columns: Map<string, NumberColumn>,
  name: string,
  place: number,
  number: number,
  directory: ValueDirectory,
): void {
  let column = columns.get(name);
  if (column === undefined) {
    const numbers = new Float64Array(CHUNK_PRODUCTS).fill(Number.NaN);
    columns.set(name, (column = { numbers, ranges: new Uint16Array(CHUNK_PRODUCTS) }));
  }
  column.numbers[place] = number;
  column.ranges[place] = directory.startNumber(number);
}
