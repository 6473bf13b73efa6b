import type { Chunk, NumberColumn, ValueDirectory } from './columns.ts';
import { CHUNK_PRODUCTS } from './postings.ts';
import { type FacetFilter, numbersOf, PRICE, type Sieve } from './sieve.ts';

/** Products by facet value and by the beginning of each range. */
export interface Counts {
  /** By the value's number in the directory. */
  values: Uint32Array;
  numbers: Map<string, Map<number, number>>;
}

/** Counts facets chunk by chunk: one pass over what the sieve found, column by column. */
export class Counter {
  readonly #directory: ValueDirectory;
  readonly #filters: readonly FacetFilter[];
  readonly #currency: string;
  readonly #values: Uint32Array;
  /** By facet, then by the number of the range's beginning. */
  readonly #ranges = new Map<string, Uint32Array>();
  /** By the value's number: the filter of its facet; -1: its facet is not narrowed. */
  readonly #filterOf: Int16Array;

  constructor(directory: ValueDirectory, filters: readonly FacetFilter[], currency: string) {
    this.#directory = directory;
    this.#filters = filters;
    this.#currency = currency;
    this.#values = new Uint32Array(directory.all.length);
    this.#filterOf = new Int16Array(filters.length === 0 ? 0 : directory.all.length).fill(-1);
    const indexes = new Map(filters.map(({ facet }, index) => [facet, index]));
    for (let number = 0; number < this.#filterOf.length; number += 1)
      this.#filterOf[number] = indexes.get(directory.all[number]?.facet ?? '') ?? -1;
  }

  count(chunk: Chunk, sieve: Sieve): void {
    const { passed, passedCount } = sieve;
    const { starts, values } = chunk;
    const counts = this.#values;
    for (let index = 0; index < passedCount; index += 1) {
      const place = passed[index] ?? 0;
      const end = starts[place + 1] ?? 0;
      for (let at = starts[place] ?? 0; at < end; at += 1) {
        const number = values[at] ?? 0;
        counts[number] = (counts[number] ?? 0) + 1;
      }
    }
    for (const [facet, column] of chunk.numbers) this.#countNumbers(facet, column, passed, passedCount);
    const prices = chunk.prices.get(this.#currency);
    if (prices !== undefined) this.#countNumbers(PRICE, prices, passed, passedCount);
    this.#countNearly(chunk, sieve);
  }

  /** The same for a chunk whose products all pass; what they count together is remembered. */
  countAll(chunk: Chunk, sieve: Sieve): void {
    const { values, numbers, prices } = totalsOf(chunk, sieve.status, this.#directory);
    for (const [number, count] of values) this.#values[number] = (this.#values[number] ?? 0) + count;
    for (const [facet, column] of numbers) this.#add(facet, column);
    this.#add(PRICE, prices.get(this.#currency) ?? []);
  }

  #add(facet: string, column: RangeCounts): void {
    const counts = this.#rangesOf(facet);
    for (const [range, count] of column) counts[range] = (counts[range] ?? 0) + count;
  }

  /** A product that failed the filter of one facet counts for that facet alone. */
  #countNearly(chunk: Chunk, { nearly, failed, nearlyCount }: Sieve): void {
    if (nearlyCount === 0) return;
    const { starts, values } = chunk;
    const columns = this.#filters.map(({ facet }) => numbersOf(chunk, facet, this.#currency));
    for (let index = 0; index < nearlyCount; index += 1) {
      const place = nearly[index] ?? 0;
      const filter = failed[index] ?? 0;
      const end = starts[place + 1] ?? 0;
      for (let at = starts[place] ?? 0; at < end; at += 1) {
        const number = values[at] ?? 0;
        if (this.#filterOf[number] === filter) this.#values[number] = (this.#values[number] ?? 0) + 1;
      }
      const column = columns[filter];
      if (column === undefined) continue;
      this.#countNumbers(this.#filters[filter]?.facet ?? '', column, nearly.subarray(index), 1);
    }
  }

  #countNumbers(facet: string, { numbers, ranges }: NumberColumn, places: Uint16Array, length: number): void {
    const counts = this.#rangesOf(facet);
    for (let index = 0; index < length; index += 1) {
      const place = places[index] ?? 0;
      if (Number.isNaN(numbers[place] ?? Number.NaN)) continue;
      const range = ranges[place] ?? 0;
      counts[range] = (counts[range] ?? 0) + 1;
    }
  }

  #rangesOf(facet: string): Uint32Array {
    let counts = this.#ranges.get(facet);
    if (counts === undefined)
      this.#ranges.set(facet, (counts = new Uint32Array(this.#directory.starts.length)));
    return counts;
  }

  get counts(): Counts {
    const numbers = new Map<string, Map<number, number>>();
    for (const [facet, counts] of this.#ranges) {
      const found = new Map<number, number>();
      counts.forEach((count, range) => {
        if (count > 0) found.set(this.#directory.starts[range] ?? 0, count);
      });
      if (found.size > 0) numbers.set(facet, found);
    }
    return { values: this.#values, numbers };
  }
}

type RangeCounts = readonly (readonly [range: number, count: number])[];
interface Totals {
  values: Map<number, number>;
  numbers: Map<string, RangeCounts>;
  /** By currency. */
  prices: Map<string, RangeCounts>;
}

/** Of chunks in memory, by status. A chunk never changes, and is forgotten with what was found of it. */
const remembered = new WeakMap<Chunk, Map<number, Totals>>();

function totalsOf(chunk: Chunk, status: number, directory: ValueDirectory): Totals {
  const known = remembered.get(chunk) ?? new Map<number, Totals>();
  remembered.set(chunk, known);
  let totals = known.get(status);
  if (totals === undefined) known.set(status, (totals = totalled(chunk, status, directory)));
  return totals;
}

function totalled(chunk: Chunk, status: number, directory: ValueDirectory): Totals {
  const values = new Map<number, number>();
  for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
    if (chunk.statuses[place] !== status) continue;
    const end = chunk.starts[place + 1] ?? 0;
    for (let at = chunk.starts[place] ?? 0; at < end; at += 1) {
      const number = chunk.values[at] ?? 0;
      values.set(number, (values.get(number) ?? 0) + 1);
    }
  }
  const counted = (columns: ReadonlyMap<string, NumberColumn>): Map<string, RangeCounts> =>
    new Map([...columns].map(([name, column]) => [name, rangeCounts(chunk, status, column, directory)]));
  return { values, numbers: counted(chunk.numbers), prices: counted(chunk.prices) };
}

function rangeCounts(
  { statuses }: Chunk,
  status: number,
  { numbers, ranges }: NumberColumn,
  directory: ValueDirectory,
): RangeCounts {
  const counts = new Uint32Array(directory.starts.length);
  for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
    if (statuses[place] !== status || Number.isNaN(numbers[place] ?? Number.NaN)) continue;
    const range = ranges[place] ?? 0;
    counts[range] = (counts[range] ?? 0) + 1;
  }
  return [...counts.entries()].filter(([, count]) => count > 0);
}
