import type { Chunk } from './columns.ts';
import type { Alternative, Slot } from './plan.ts';
import { CHUNK_PRODUCTS, eachPosting, postingsIn, raiseImpacts } from './postings.ts';

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

export interface Match {
  chunk: Chunk;
  /** Null: all products of the chunk, none better than another. */
  found: Found | null;
}
/** Places that match, in order, and how well each does. */
export interface Found {
  places: Uint16Array;
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
  terms: Terms,
  lists: Lists,
  chunks: readonly Chunk[],
): Match[] {
  const matcher = new Matcher(slots, terms.mode, lists);
  return chunks.flatMap((chunk) => {
    const found = matcher.find(chunk.chunk, terms);
    return found === null ? [] : [{ chunk, found }];
  });
}

/** Products of one status, by its number in the directory: what the others have must not show. */
export interface Among {
  chunks: readonly Chunk[];
  status: number;
}

/** Whether any of these products has at least `needed` of the words. */
export function hasMatch(
  slots: readonly Slot[],
  terms: Terms,
  lists: Lists,
  { chunks, status }: Among,
): boolean {
  const matcher = new Matcher(slots, terms.mode, lists);
  return chunks.some(
    ({ chunk, statuses }) =>
      matcher.find(chunk, terms)?.places.some((place) => statuses[place] === status) ?? false,
  );
}

/** The most words any of these products has. */
export function mostWords(slots: readonly Slot[], lists: Lists, { chunks, status }: Among): number {
  const matcher = new Matcher(slots, 'some', lists);
  let most = 0;
  for (const chunk of chunks) most = Math.max(most, matcher.mostWords(chunk, status));
  return most;
}

/** Looks for the words of a query in one chunk after another, in arrays that are used again for each. */
class Matcher {
  /** For each word the ways to have it. */
  readonly #wanted: readonly (readonly Alternative[])[];
  readonly #lists: Lists;
  readonly #best = new Float64Array(CHUNK_PRODUCTS);
  readonly #sums = new Float64Array(CHUNK_PRODUCTS);
  /** How many of the words each place has. */
  readonly #counts = new Uint8Array(CHUNK_PRODUCTS);
  readonly #places = new Uint16Array(CHUNK_PRODUCTS);
  readonly #scores = new Float64Array(CHUNK_PRODUCTS);

  constructor(slots: readonly Slot[], mode: Mode, lists: Lists) {
    this.#wanted = slots.map((slot) =>
      distinct(alternativesIn(slot, mode)).filter(({ terms }) => terms.every((term) => lists.has(term))),
    );
    this.#lists = lists;
  }

  /** Null: no product of the chunk has enough. */
  find(chunk: number, { weights, needed }: Terms): Found | null {
    if (!this.#look(chunk, weights, needed)) return null;
    let found = 0;
    for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
      const count = this.#counts[place] ?? 0;
      if (count < needed || count === 0) continue;
      this.#places[found] = place;
      this.#scores[found] = Math.round((this.#sums[place] ?? 0) * (count / this.#wanted.length) ** 2);
      found += 1;
    }
    return found === 0
      ? null
      : { places: this.#places.slice(0, found), scores: this.#scores.slice(0, found) };
  }

  mostWords({ chunk, statuses }: Chunk, status: number): number {
    if (!this.#look(chunk, [], 1)) return 0;
    let most = 0;
    for (const [place, count] of this.#counts.entries())
      if (count > most && statuses[place] === status) most = count;
    return most;
  }

  /** Fills sums and counts; false when the chunk has too few of the words for any product. */
  #look(chunk: number, weights: readonly number[], needed: number): boolean {
    this.#sums.fill(0);
    this.#counts.fill(0);
    let possible = this.#wanted.length;
    for (const [index, alternatives] of this.#wanted.entries()) {
      if (!bestImpacts(alternatives, this.#lists, chunk, this.#best)) {
        possible -= 1;
        if (possible < needed) return false;
        continue;
      }
      const weight = weights[index] ?? 0;
      for (let place = 0; place < CHUNK_PRODUCTS; place += 1) {
        const impact = this.#best[place] ?? 0;
        if (impact === 0) continue;
        this.#sums[place] = (this.#sums[place] ?? 0) + impact * weight;
        this.#counts[place] = (this.#counts[place] ?? 0) + 1;
      }
    }
    return true;
  }
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

/** Writes to `best` how well each place of a chunk has what a word asks for; false, and nothing is written: none has it. */
function bestImpacts(
  alternatives: readonly Alternative[],
  lists: Lists,
  chunk: number,
  best: Float64Array,
): boolean {
  let found = false;
  for (const { terms, factor } of alternatives) {
    const postings = terms.map((term) => lists.get(term)?.get(chunk));
    const [first, ...others] = postings;
    if (first === undefined || others.includes(undefined)) continue;
    if (!found) best.fill(0);
    found = true;
    if (others.length === 0) raiseImpacts(first, factor, best);
    else
      for (const [place, impact] of leastOf(postings as string[]))
        best[place] = Math.max(best[place] ?? 0, impact * factor);
  }
  return found;
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
  const excluded = new Uint8Array(CHUNK_PRODUCTS);
  return matches.map(({ chunk, found }) => {
    excluded.fill(0);
    for (const term of excludedTerms) {
      const data = lists.get(term)?.get(chunk.chunk);
      if (data !== undefined) eachPosting(data, (place) => (excluded[place] = 1));
    }
    const { places, scores } = found ?? EVERYBODY;
    const kept = Array.from(places.keys()).filter((index) => {
      const place = places[index] ?? 0;
      const number = chunk.chunk * CHUNK_PRODUCTS + place;
      return (
        excluded[place] === 0 && !excludedNumbers.has(number) && phrases.every((phrase) => phrase.has(number))
      );
    });
    return {
      chunk,
      found: {
        places: Uint16Array.from(kept, (index) => places[index] ?? 0),
        scores: Float64Array.from(kept, (index) => scores[index] ?? 0),
      },
    };
  });
}

const EVERYBODY: Found = {
  places: Uint16Array.from({ length: CHUNK_PRODUCTS }, (_, place) => place),
  scores: new Float64Array(CHUNK_PRODUCTS).fill(1),
};

/** Every product there is, none better than another. */
export const matchEverything = (chunks: readonly Chunk[]): Match[] =>
  chunks.map((chunk) => ({ chunk, found: null }));
