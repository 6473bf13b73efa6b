import type { Chunk, ValueDirectory } from './columns.ts';
import { Counter, type Counts } from './counter.ts';
import type { Match } from './match.ts';
import { type Hit, Page, type PageOrder } from './page.ts';
import { type Shown, Sieve } from './sieve.ts';

export interface Selection extends Shown, PageOrder {
  /** How much a facet value changes the score of what has it. */
  boosts: readonly Boost[];
  counted: boolean;
}
export interface Boost {
  facet: string;
  value: string;
  factor: number;
}
export interface Selected {
  hits: Hit[];
  total: number;
  /** Null unless `counted`. */
  counts: Counts | null;
}

/**
 * The page after a position, how many products there are in all, and how many each facet value would leave: what passes the
 * filters of all other facets counts for a facet. One pass over the matches.
 */
export function select(matches: readonly Match[], directory: ValueDirectory, selection: Selection): Selected {
  const sieve = new Sieve(selection, directory);
  const counter = selection.counted ? new Counter(directory, selection.filters, selection.currency) : null;
  const factors = boostTable(selection.boosts, directory);
  const page = new Page(selection);
  let total = 0;
  // The best first, so that of most chunks nothing need be offered: newer products are in later chunks.
  for (const match of selection.sort === 'newest' ? matches.toReversed() : matches) {
    const { chunk } = match;
    sieve.sift(match);
    if (match.found === null && sieve.passesAll) counter?.countAll(chunk, sieve);
    else counter?.count(chunk, sieve);
    total += sieve.passedCount;
    if (!page.mayHold(chunk)) continue;
    for (let index = 0; index < sieve.passedCount; index += 1) {
      const place = sieve.passed[index] ?? 0;
      const score = sieve.scores[index] ?? 0;
      page.offer(chunk, place, factors === null ? score : boosted(score, factors, chunk, place));
    }
  }
  return { hits: page.hits, total, counts: counter?.counts ?? null };
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
