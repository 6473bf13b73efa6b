import type { Chunk, ValueDirectory } from './columns.ts';
import type { Match } from './match.ts';
import { CHUNK_PRODUCTS } from './postings.ts';
import { isInRange, type Range, rangeStart } from './ranges.ts';

export type Sort = 'relevance' | 'newest' | 'price' | '-price' | 'title';
export const SORTS = ['relevance', 'newest', 'price', '-price', 'title'] as const;

/** The facet of prices; its numbers are amounts in the currency that was asked for. */
export const PRICE = 'price';

/** What a facet is narrowed to: any of these values, or a number in any of these ranges. */
export interface FacetFilter {
  facet: string;
  values: readonly string[];
  ranges: readonly Range[];
}

export interface Selection {
  status: string;
  filters: readonly FacetFilter[];
  /** Currency of prices. */
  currency: string;
  /** Only what has a price in it. */
  needsPrice: boolean;
  sort: Sort;
  after: Position | null;
  limit: number;
  /** How much a facet value changes the score of what has it. */
  boosts: readonly Boost[];
  counted: boolean;
}
export interface Boost {
  facet: string;
  value: string;
  factor: number;
}
/** Where a page ended: what it was sorted by, and the product. */
export interface Position {
  key: number | string;
  id: string;
}
export interface Hit extends Position {
  /** The product's number in the index. */
  number: number;
}
/** Products by facet value and by the beginning of each range. */
export interface Counts {
  /** By the value's number in the directory. */
  values: Uint32Array;
  numbers: Map<string, Map<number, number>>;
}
export interface Selected {
  hits: Hit[];
  total: number;
  /** Empty unless `counted`. */
  counts: Counts;
}

/**
 * The page after a position, how many products there are in all, and how many each facet value would leave: what passes the
 * filters of all other facets counts for a facet. One pass over the matches.
 */
export function select(matches: readonly Match[], directory: ValueDirectory, selection: Selection): Selected {
  const filters = new FilterTable(selection, directory);
  const counter = new Counter(directory, filters);
  const factors = boostTable(selection.boosts, directory);
  const page = new Page(selection);
  let total = 0;
  for (const { chunk, scores } of matches) {
    const prices = chunk.prices.get(selection.currency);
    for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
      const score = scores[place] ?? 0;
      if (score === 0 || chunk.statuses[place] !== selection.status) continue;
      if (selection.needsPrice && Number.isNaN(prices?.[place] ?? Number.NaN)) continue;
      const failed = filters.failedAt(chunk, place);
      if (failed === FAILED_SEVERAL) continue;
      if (selection.counted) counter.count(chunk, place, failed);
      if (failed !== FAILED_NONE) continue;
      total += 1;
      page.offer(chunk, place, factors === null ? score : boosted(score, factors, chunk, place));
    }
  }
  return { hits: page.hits, total, counts: counter.counts };
}

/** Index of the one filter a product failed. */
type Failed = number;
const FAILED_NONE = -1;
const FAILED_SEVERAL = -2;

/** The filters, so that a product is tested by looking at each of its values once. */
class FilterTable {
  readonly facets: readonly string[];
  /** By the value's number: which filter it satisfies; -1: none. */
  readonly #satisfies: Int16Array;
  readonly #ranges: { index: number; facet: string; ranges: readonly Range[] }[];
  readonly currency: string;
  readonly #all: number;

  constructor({ filters, currency }: Selection, directory: ValueDirectory) {
    this.facets = filters.map(({ facet }) => facet);
    this.currency = currency;
    this.#satisfies = new Int16Array(directory.all.length).fill(-1);
    this.#ranges = filters.flatMap(({ facet, ranges }, index) =>
      ranges.length === 0 ? [] : [{ index, facet, ranges }],
    );
    this.#all = filters.length === 0 ? 0 : 2 ** filters.length - 1;
    for (const [index, { facet, values }] of filters.entries()) {
      for (const value of values) {
        const number = directory.find(facet, value);
        if (number !== undefined) this.#satisfies[number] = index;
      }
    }
  }

  failedAt(chunk: Chunk, place: number): Failed {
    if (this.#all === 0) return FAILED_NONE;
    let missing = this.#all;
    const end = chunk.starts[place + 1] ?? 0;
    for (let at = chunk.starts[place] ?? 0; at < end; at += 1) {
      const index = this.#satisfies[chunk.values[at] ?? 0] ?? -1;
      if (index >= 0) missing &= ~(1 << index);
    }
    for (const { index, facet, ranges } of this.#ranges) {
      const number = numberAt(chunk, place, facet, this.currency);
      if (ranges.some((range) => isInRange(number, range))) missing &= ~(1 << index);
    }
    if (missing === 0) return FAILED_NONE;
    return (missing & (missing - 1)) === 0 ? 31 - Math.clz32(missing) : FAILED_SEVERAL;
  }
}

const numberAt = (chunk: Chunk, place: number, facet: string, currency: string): number =>
  (facet === PRICE ? chunk.prices.get(currency) : chunk.numbers.get(facet))?.[place] ?? Number.NaN;

class Counter {
  readonly counts: Counts;
  readonly #filters: FilterTable;
  readonly #directory: ValueDirectory;

  constructor(directory: ValueDirectory, filters: FilterTable) {
    this.counts = { values: new Uint32Array(directory.all.length), numbers: new Map() };
    this.#filters = filters;
    this.#directory = directory;
  }

  /** A product that failed the filter of one facet counts for that facet alone. */
  count(chunk: Chunk, place: number, failed: Failed): void {
    const { values } = this.counts;
    const only = failed === FAILED_NONE ? null : (this.#filters.facets[failed] ?? '');
    const end = chunk.starts[place + 1] ?? 0;
    for (let at = chunk.starts[place] ?? 0; at < end; at += 1) {
      const number = chunk.values[at] ?? 0;
      if (only !== null && this.#directory.all[number]?.facet !== only) continue;
      values[number] = (values[number] ?? 0) + 1;
    }
    for (const [facet, column] of chunk.numbers) {
      if (only === null || only === facet) this.#countNumber(facet, column[place] ?? Number.NaN);
    }
    if (only === null || only === PRICE) {
      this.#countNumber(PRICE, numberAt(chunk, place, PRICE, this.#filters.currency));
    }
  }

  #countNumber(facet: string, number: number): void {
    if (Number.isNaN(number)) return;
    let ranges = this.counts.numbers.get(facet);
    if (ranges === undefined) this.counts.numbers.set(facet, (ranges = new Map<number, number>()));
    const start = rangeStart(number);
    ranges.set(start, (ranges.get(start) ?? 0) + 1);
  }
}

/** By the value's number; null: nothing is boosted. */
function boostTable(boosts: readonly Boost[], directory: ValueDirectory): Float64Array | null {
  let table: Float64Array | null = null;
  for (const { facet, value, factor } of boosts) {
    const number = directory.find(facet, value);
    if (number === undefined) continue;
    table ??= new Float64Array(directory.all.length).fill(1);
    table[number] = (table[number] ?? 1) * factor;
  }
  return table;
}

function boosted(score: number, factors: Float64Array, chunk: Chunk, place: number): number {
  let boosted = score;
  const end = chunk.starts[place + 1] ?? 0;
  for (let at = chunk.starts[place] ?? 0; at < end; at += 1) boosted *= factors[chunk.values[at] ?? 0] ?? 1;
  return Math.round(boosted);
}

/** The best hits after a position, in order, never more than are asked for. */
class Page {
  readonly hits: Hit[] = [];
  readonly #selection: Selection;
  readonly #direction: 1 | -1;

  constructor(selection: Selection) {
    this.#selection = selection;
    this.#direction = selection.sort === 'price' || selection.sort === 'title' ? 1 : -1;
  }

  offer(chunk: Chunk, place: number, score: number): void {
    const key = this.#keyOf(chunk, place, score);
    if (key === null) return;
    const { after, limit } = this.#selection;
    const id = chunk.ids[place] ?? '';
    if (after !== null && this.#compare(key, id, after) <= 0) return;
    const last = this.hits.at(-1);
    if (this.hits.length >= limit && last !== undefined && this.#compare(key, id, last) >= 0) return;
    let [low, high] = [0, this.hits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.hits[middle];
      if (other !== undefined && this.#compare(key, id, other) > 0) low = middle + 1;
      else high = middle;
    }
    this.hits.splice(low, 0, { key, id, number: chunk.chunk * CHUNK_PRODUCTS + place });
    if (this.hits.length > limit) this.hits.pop();
  }

  #keyOf(chunk: Chunk, place: number, score: number): number | string | null {
    switch (this.#selection.sort) {
      case 'relevance':
        return score;
      case 'newest':
        return '';
      case 'title':
        return chunk.titleKeys[place] ?? '';
      case 'price':
      case '-price': {
        const amount = chunk.prices.get(this.#selection.currency)?.[place] ?? Number.NaN;
        return Number.isNaN(amount) ? null : amount;
      }
    }
  }

  /** Below zero: the first comes before `other`. */
  #compare(key: number | string, id: string, other: Position): number {
    if (key !== other.key) return key < other.key ? -this.#direction : this.#direction;
    if (id === other.id) return 0;
    return id < other.id ? -this.#direction : this.#direction;
  }
}
