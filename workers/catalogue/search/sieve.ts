import type { Chunk, NumberColumn, ValueDirectory } from './columns.ts';
import type { Match } from './match.ts';
import { CHUNK_PRODUCTS } from './postings.ts';
import { isInRange, type Range } from './ranges.ts';

/** The facet of prices; its numbers are amounts in the currency that was asked for. */
export const PRICE = 'price';

/** What a facet is narrowed to: any of these values, or a number in any of these ranges. */
export interface FacetFilter {
  facet: string;
  values: readonly string[];
  ranges: readonly Range[];
}

export const numbersOf = (chunk: Chunk, facet: string, currency: string): NumberColumn | undefined =>
  facet === PRICE ? chunk.prices.get(currency) : chunk.numbers.get(facet);

/** Whom a search shows at all, before it is narrowed. */
export interface Shown {
  status: string;
  filters: readonly FacetFilter[];
  /** Currency of prices. */
  currency: string;
  /** Only what has a price in it. */
  needsPrice: boolean;
}

/**
 * Parts the matches of a chunk: those that pass all filters, and those that fail one alone, which count for its facet. What
 * it found stands in its arrays until the next chunk is sifted; a search makes one sieve and nothing for each chunk.
 */
export class Sieve {
  /** Places that pass, the first `passedCount` of them, and their scores. */
  readonly passed = new Uint16Array(CHUNK_PRODUCTS);
  readonly scores = new Float64Array(CHUNK_PRODUCTS);
  passedCount = 0;
  /** Places that fail one filter, and the index of that filter. */
  readonly nearly = new Uint16Array(CHUNK_PRODUCTS);
  readonly failed = new Uint8Array(CHUNK_PRODUCTS);
  nearlyCount = 0;
  /** Whether everybody passes who has the status. */
  readonly passesAll: boolean;
  readonly status: number;

  readonly #shown: Shown;
  /** By the value's number: which filter it satisfies; -1: none. */
  readonly #satisfies: Int16Array;
  readonly #ranged: readonly { index: number; facet: string; ranges: readonly Range[] }[];
  /** A bit for each filter. */
  readonly #all: number;

  constructor(shown: Shown, directory: ValueDirectory) {
    const { filters, needsPrice, status } = shown;
    this.#shown = shown;
    this.status = directory.statusNumber(status);
    this.passesAll = filters.length === 0 && !needsPrice;
    this.#all = 2 ** filters.length - 1;
    this.#satisfies = new Int16Array(directory.all.length).fill(-1);
    for (const [index, { facet, values }] of filters.entries()) {
      for (const value of values) {
        const number = directory.find(facet, value);
        if (number !== undefined) this.#satisfies[number] = index;
      }
    }
    this.#ranged = filters.flatMap(({ facet, ranges }, index) =>
      ranges.length === 0 ? [] : [{ index, facet, ranges }],
    );
  }

  sift({ chunk, found }: Match): void {
    const { status } = this;
    const { needsPrice, currency } = this.#shown;
    const prices = needsPrice ? chunk.prices.get(currency)?.numbers : undefined;
    const places = found?.places ?? EVERY_PLACE;
    const ranged = this.#ranged.map(({ index, facet, ranges }) => ({
      bit: 1 << index,
      ranges,
      numbers: numbersOf(chunk, facet, currency)?.numbers,
    }));
    let passed = 0;
    let nearly = 0;
    for (let index = 0; index < places.length; index += 1) {
      const place = places[index] ?? 0;
      if (chunk.statuses[place] !== status) continue;
      if (needsPrice && Number.isNaN(prices?.[place] ?? Number.NaN)) continue;
      const missing = this.#all === 0 ? 0 : this.#missing(chunk, place, ranged);
      if (missing === 0) {
        this.scores[passed] = found?.scores[index] ?? 1;
        this.passed[passed++] = place;
      } else if ((missing & (missing - 1)) === 0) {
        this.nearly[nearly] = place;
        this.failed[nearly++] = 31 - Math.clz32(missing);
      }
    }
    this.passedCount = passed;
    this.nearlyCount = nearly;
  }

  /** The filters a product fails, a bit each. */
  #missing(chunk: Chunk, place: number, ranged: readonly RangedColumn[]): number {
    let missing = this.#all;
    const end = chunk.starts[place + 1] ?? 0;
    for (let at = chunk.starts[place] ?? 0; at < end; at += 1) {
      const index = this.#satisfies[chunk.values[at] ?? 0] ?? -1;
      if (index >= 0) missing &= ~(1 << index);
    }
    for (const { bit, ranges, numbers } of ranged) {
      const number = numbers?.[place] ?? Number.NaN;
      for (const range of ranges) if (isInRange(number, range)) missing &= ~bit;
    }
    return missing;
  }
}

/** The numbers of a chunk that a filter's ranges are about; undefined: it has none. */
interface RangedColumn {
  bit: number;
  ranges: readonly Range[];
  numbers: Float64Array | undefined;
}

const EVERY_PLACE = Uint16Array.from({ length: CHUNK_PRODUCTS }, (_, place) => place);

/** Products of a status among the matches. */
export function countMatches(matches: readonly Match[], status: number): number {
  let count = 0;
  for (const { chunk, found } of matches)
    for (const place of found?.places ?? EVERY_PLACE) if (chunk.statuses[place] === status) count += 1;
  return count;
}
