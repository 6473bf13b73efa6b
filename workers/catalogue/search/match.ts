import type { Chunk } from './columns.ts';
import type { Alternative, Slot } from './plan.ts';
import { CHUNK_PRODUCTS, eachPosting, postingsIn } from './postings.ts';

/** Term → chunk → postings. */
export type Lists = ReadonlyMap<string, ReadonlyMap<number, string>>;

/**
 * How much of a query a product must have. `all`: every word; `typos`: every word, typos of known words included;
 * `some`: as many words as any product has.
 */
export type Mode = 'all' | 'typos' | 'some';
export const MODES = ['all', 'typos', 'some'] as const;

/** What a query is matched by. Kept in a cursor, so that its pages agree whatever is written between them. */
export interface Terms {
  mode: Mode;
  /** How rare each word is. */
  weights: readonly number[];
  /** Words a product must have. */
  needed: number;
}

/** Scores of a chunk's products by their place; 0: no match. */
export interface Match {
  chunk: Chunk;
  scores: Float64Array;
}

const RARITY_SCALE = 64;

export const alternativesIn = (slot: Slot, mode: Mode): Alternative[] =>
  mode !== 'all' || !slot.isKnown ? [...slot.alternatives, ...slot.typos] : slot.alternatives;

/** Rarity as in BM25, whole numbers: scores are sums of them and come out the same everywhere. */
export function weightsOf(slots: readonly Slot[], lists: Lists, mode: Mode, products: number): number[] {
  return slots.map((slot) => {
    const terms = new Set(alternativesIn(slot, mode).flatMap(({ terms }) => terms));
    let having = 0;
    for (const term of terms) for (const data of lists.get(term)?.values() ?? []) having += postingsIn(data);
    having = Math.min(having, products);
    return Math.round(RARITY_SCALE * Math.log(1 + (products - having + 0.5) / (having + 0.5))) + RARITY_SCALE;
  });
}

/** Every product that has at least `needed` of the words, chunk by chunk, with its score; a missing word costs more than its part. */
export function matchSlots(
  slots: readonly Slot[],
  { mode, weights, needed }: Terms,
  lists: Lists,
  chunks: readonly Chunk[],
): Match[] {
  const wanted = slots.map((slot) => distinct(alternativesIn(slot, mode)));
  return chunks.flatMap((chunk) => {
    const scores = new Float64Array(CHUNK_PRODUCTS);
    const counts = new Uint8Array(CHUNK_PRODUCTS);
    let possible = wanted.length;
    for (const [index, alternatives] of wanted.entries()) {
      const best = bestImpacts(alternatives, lists, chunk.chunk);
      if (best === null) {
        possible -= 1;
        if (possible < needed) return [];
        continue;
      }
      const weight = weights[index] ?? 0;
      for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
        const impact = best[place] ?? 0;
        if (impact === 0) continue;
        scores[place] = (scores[place] ?? 0) + impact * weight;
        counts[place] = (counts[place] ?? 0) + 1;
      }
    }
    let any = false;
    for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
      const count = counts[place] ?? 0;
      if (count < needed) scores[place] = 0;
      else {
        any = true;
        scores[place] = Math.round((scores[place] ?? 0) * (count / wanted.length) ** 2);
      }
    }
    return any ? [{ chunk, scores }] : [];
  });
}

/** The most words any product has. */
export function mostWords(slots: readonly Slot[], lists: Lists, chunks: readonly Chunk[]): number {
  let most = 0;
  const wanted = slots.map((slot) => distinct(alternativesIn(slot, 'some')));
  for (const { chunk } of chunks) {
    const counts = new Uint8Array(CHUNK_PRODUCTS);
    for (const alternatives of wanted) {
      const best = bestImpacts(alternatives, lists, chunk);
      best?.forEach((impact, place) => {
        if (impact > 0) counts[place] = (counts[place] ?? 0) + 1;
      });
    }
    most = Math.max(most, ...counts);
  }
  return most;
}

/** The best of several ways to one term. */
function distinct(alternatives: readonly Alternative[]): Alternative[] {
  const best = new Map<string, Alternative>();
  for (const each of alternatives) {
    const key = each.terms.join(' ');
    if ((best.get(key)?.factor ?? -1) < each.factor) best.set(key, each);
  }
  return [...best.values()];
}

/** How well each place of a chunk has what a word asks for; null: none has it. */
function bestImpacts(alternatives: readonly Alternative[], lists: Lists, chunk: number): Float64Array | null {
  let best: Float64Array | null = null;
  for (const { terms, factor } of alternatives) {
    const postings = terms.map((term) => lists.get(term)?.get(chunk));
    const [first, ...others] = postings;
    if (first === undefined || others.includes(undefined)) continue;
    best ??= new Float64Array(CHUNK_PRODUCTS);
    const impacts = best;
    const raise = (place: number, impact: number): void => {
      if ((impacts[place] ?? 0) < impact * factor) impacts[place] = impact * factor;
    };
    if (others.length === 0) eachPosting(first, raise);
    else for (const [place, impact] of leastOf(postings as string[])) raise(place, impact);
  }
  return best;
}

/** Places that have all of several terms, with the least impact among them. */
function leastOf(postings: readonly string[]): Map<number, number> {
  let least: Map<number, number> | null = null;
  for (const data of postings) {
    const found = new Map<number, number>();
    const before: Map<number, number> | null = least;
    eachPosting(data, (place, impact) => {
      const other = before === null ? impact : before.get(place);
      if (other !== undefined) found.set(place, Math.min(impact, other));
    });
    least = found;
  }
  return least ?? new Map<number, number>();
}

/** Takes out of the matches what has an excluded term or number, and what is not among the numbers a phrase was found in. */
export function narrowMatches(
  matches: readonly Match[],
  narrowing: {
    excludedTerms: readonly string[];
    excludedNumbers: ReadonlySet<number>;
    phrases: readonly ReadonlySet<number>[];
  },
  lists: Lists,
): Match[] {
  const { excludedTerms, excludedNumbers, phrases } = narrowing;
  if (excludedTerms.length === 0 && excludedNumbers.size === 0 && phrases.length === 0) return [...matches];
  return matches.map(({ chunk, scores }) => {
    const kept = scores.slice();
    for (const term of excludedTerms) {
      const data = lists.get(term)?.get(chunk.chunk);
      if (data !== undefined)
        eachPosting(data, (place) => {
          kept[place] = 0;
        });
    }
    for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
      const number = chunk.chunk * CHUNK_PRODUCTS + place;
      if (excludedNumbers.has(number) || !phrases.every((phrase) => phrase.has(number))) kept[place] = 0;
    }
    return { chunk, scores: kept };
  });
}

/** Every product there is, none better than another. */
export const matchEverything = (chunks: readonly Chunk[]): Match[] =>
  chunks.map((chunk) => ({ chunk, scores: new Float64Array(CHUNK_PRODUCTS).fill(1) }));
