import { deletionsToFind, distanceWithin, typosAllowed } from './distance.ts';
import { BASE_LANGUAGE, INDEX_LANGUAGES, type IndexLanguage, isStopWord, termOf } from './languages.ts';
import type { ParsedQuery, QueryWord } from './query.ts';
import type { Synonyms } from './synonyms.ts';

/** A way in which a product can have what a word asks for: all of these terms. `factor`: how near to it, up to `FACTOR_MAX`. */
export interface Alternative {
  terms: readonly string[];
  factor: number;
}
export const FACTOR_MAX = 256;

/** A word of the query with everything that is taken for it. */
export interface Slot {
  word: QueryWord;
  alternatives: Alternative[];
  /** Taken for it as well when it is unknown, or when nothing has all the words. */
  typos: Alternative[];
  isKnown: boolean;
  /** What was probably meant, as it is written in the catalogue; null: nothing like it is there. */
  meant: string | null;
}

/** A word of the vocabulary that a lookup found. */
export interface FoundWord {
  word: string;
  language: IndexLanguage;
  term: string;
  display: string;
  offered: boolean;
  /** Products that have it. */
  products: number;
}

/** What must be looked up in the vocabulary before a query can be planned. */
export interface Lookup {
  terms: string[];
  /** Beginning of the last word; null: it is whole. */
  prefix: string | null;
  /** Ends of compounds. */
  suffixes: string[];
  deletions: string[];
}
export interface Vocabulary {
  byTerm: FoundWord[];
  byPrefix: FoundWord[];
  bySuffix: FoundWord[];
  byDeletion: FoundWord[];
}

const share = (part: number): number => Math.round(FACTOR_MAX * part);
const NEARNESS = {
  joined: share(0.9),
  split: share(0.7),
  synonym: share(0.85),
  compound: share(0.7),
  begun: share(0.8),
  begunThoughKnown: share(0.4),
  typos: [share(1), share(0.7), share(0.45)],
  otherFirstLetter: 0.7,
  ofOtherLanguage: 0.55,
  ofBaseLanguage: 0.95,
} as const;
const PREFIX_LENGTH_MIN = 2;
const COMPOUND_LENGTH_MIN = 4;
const COMPOUND_LANGUAGES: ReadonlySet<IndexLanguage> = new Set(['de', 'nl']);
const SPLIT_PART_MIN = 3;
const SPLIT_WORDS_MAX = 5;
const TYPO_CANDIDATES_MAX = 6;

const nearnessOf = (language: IndexLanguage, asked: IndexLanguage): number =>
  language === asked || language === 'xx'
    ? 1
    : language === BASE_LANGUAGE
      ? NEARNESS.ofBaseLanguage
      : NEARNESS.ofOtherLanguage;

const inEveryLanguage = (word: string): { language: IndexLanguage; term: string }[] =>
  INDEX_LANGUAGES.map((language) => ({ language, term: termOf(language, word) }));

/** The words that count: fillers do only when there is nothing else. */
export function wantedWords(query: ParsedQuery, language: IndexLanguage): QueryWord[] {
  const telling = query.words.filter(
    ({ word, quoted }) => quoted || !(isStopWord(language, word) || isStopWord(BASE_LANGUAGE, word)),
  );
  return telling.length === 0 ? query.words : telling;
}

const isBegun = (query: ParsedQuery, words: readonly QueryWord[], index: number): boolean =>
  query.isTyping && index === words.length - 1 && words[index] === query.words.at(-1);

export function lookupOf(query: ParsedQuery, language: IndexLanguage): Lookup {
  const words = wantedWords(query, language);
  const free = words.filter(({ quoted }) => !quoted);
  const last = words.at(-1);
  const terms = words.flatMap(({ word }, index) => [
    ...inEveryLanguage(word),
    ...inEveryLanguage(word + (words[index + 1]?.word ?? '')),
    ...(words.length > SPLIT_WORDS_MAX ? [] : splitsOf(word).flat().flatMap(inEveryLanguage)),
  ]);
  return {
    terms: [...new Set(terms.map(({ term }) => term))],
    prefix:
      last !== undefined && isBegun(query, words, words.length - 1) && last.word.length >= PREFIX_LENGTH_MIN
        ? last.word
        : null,
    suffixes: free.flatMap(({ word }) => (word.length < COMPOUND_LENGTH_MIN ? [] : [word])),
    deletions: [
      ...new Set(free.flatMap(({ word }) => (typosAllowed(word.length) === 0 ? [] : deletionsToFind(word)))),
    ],
  };
}

/** Two words somebody may have written as one. */
function splitsOf(word: string): [string, string][] {
  const splits: [string, string][] = [];
  const number = /^(\d+)(\p{L}+)$|^(\p{L}+)(\d+)$/u.exec(word);
  if (number !== null) splits.push([number[1] ?? number[3] ?? '', number[2] ?? number[4] ?? '']);
  for (let at = SPLIT_PART_MIN; at <= word.length - SPLIT_PART_MIN; at += 1)
    splits.push([word.slice(0, at), word.slice(at)]);
  return splits;
}

export function planSlots(
  query: ParsedQuery,
  asked: IndexLanguage,
  vocabulary: Vocabulary,
  synonyms: Synonyms,
): Slot[] {
  const words = wantedWords(query, asked);
  const known = new Set(vocabulary.byTerm.filter(({ products }) => products > 0).map(({ term }) => term));
  const slots = words.map((word, index) =>
    planSlot({ word, isBegun: isBegun(query, words, index) }, asked, vocabulary, known),
  );
  joinNeighbours(slots, asked, known);
  for (const { at, length, alternatives } of synonyms.find(words, asked)) {
    for (const slot of slots.slice(at, at + length)) {
      if (slot.word.quoted) continue;
      slot.alternatives.push(
        ...alternatives.map((terms) => ({
          terms,
          factor: Math.round(NEARNESS.synonym * nearnessOfTerms(terms, asked)),
        })),
      );
      slot.isKnown = true;
    }
  }
  return slots;
}

function nearnessOfTerms(terms: readonly string[], asked: IndexLanguage): number {
  const language = INDEX_LANGUAGES.find((each) => terms[0]?.startsWith(`${each}:`)) ?? 'xx';
  return nearnessOf(language, asked);
}

function planSlot(
  { word, isBegun }: { word: QueryWord; isBegun: boolean },
  asked: IndexLanguage,
  vocabulary: Vocabulary,
  known: ReadonlySet<string>,
): Slot {
  const exact = inEveryLanguage(word.word);
  const alternatives = exact.map(({ language, term }) => alternative([term], 1, language, asked));
  const slot: Slot = {
    word,
    alternatives,
    typos: [],
    isKnown: exact.some(({ term }) => known.has(term)) || typosAllowed(word.word.length) === 0,
    meant: null,
  };
  if (word.quoted) return { ...slot, isKnown: true };
  const isWhole = exact.some(({ term }) => known.has(term));
  if (isBegun) {
    const factor = isWhole ? NEARNESS.begunThoughKnown : NEARNESS.begun;
    const begun = vocabulary.byPrefix.filter((found) => found.word !== word.word);
    alternatives.push(...begun.map((found) => alternativeOf(found, factor, asked)));
    slot.isKnown ||= begun.length > 0;
  }
  const compounds = vocabulary.bySuffix.filter(
    (found) => COMPOUND_LANGUAGES.has(found.language) && isCompound(found.word, word.word),
  );
  alternatives.push(...compounds.map((found) => alternativeOf(found, NEARNESS.compound, asked)));
  slot.isKnown ||= compounds.length > 0;
  const typos = typosOf(word.word, vocabulary.byDeletion);
  if (!isWhole) {
    const splits = splitAlternatives(word.word, asked, known);
    alternatives.push(...splits);
    // `notbook` is a typo rather than two words.
    slot.isKnown ||= splits.length > 0 && typos.length === 0;
  }
  slot.typos = typos.map(({ found, factor }) => alternativeOf(found, factor, asked));
  slot.meant = typos[0]?.found.display ?? null;
  return slot;
}

const isCompound = (compound: string, part: string): boolean =>
  compound.length >= part.length + SPLIT_PART_MIN && compound.endsWith(part);

const alternative = (
  terms: readonly string[],
  factor: number,
  language: IndexLanguage,
  asked: IndexLanguage,
): Alternative => ({
  terms,
  factor: Math.round((factor <= 1 ? FACTOR_MAX * factor : factor) * nearnessOf(language, asked)),
});
const alternativeOf = (found: FoundWord, factor: number, asked: IndexLanguage): Alternative =>
  alternative([found.term], factor, found.language, asked);

function splitAlternatives(word: string, asked: IndexLanguage, known: ReadonlySet<string>): Alternative[] {
  return splitsOf(word).flatMap((parts) =>
    INDEX_LANGUAGES.flatMap((language) => {
      const terms = parts.map((part) =>
        [termOf(language, part), termOf('xx', part)].find((term) => known.has(term)),
      );
      return terms.every((term) => term !== undefined)
        ? [alternative(terms, NEARNESS.split, language, asked)]
        : [];
    }),
  );
}

/** Words of the vocabulary a few typos away, the nearest first; farther ones only when there are no nearer ones. */
function typosOf(word: string, found: readonly FoundWord[]): { found: FoundWord; factor: number }[] {
  const near = found.flatMap((each) => {
    if (!each.offered || each.word === word) return [];
    const distance = distanceWithin(word, each.word, typosAllowed(word.length));
    return distance === null ? [] : [{ found: each, distance }];
  });
  const least = Math.min(...near.map(({ distance }) => distance));
  return near
    .filter(({ distance }) => distance === least)
    .map(({ found, distance }) => ({
      found,
      factor: (NEARNESS.typos[distance] ?? 0) * (found.word[0] === word[0] ? 1 : NEARNESS.otherFirstLetter),
    }))
    .sort((a, b) => b.factor - a.factor || b.found.products - a.found.products)
    .slice(0, TYPO_CANDIDATES_MAX);
}

/** `note book` finds `notebook`: each of two neighbours takes the word they make together. */
function joinNeighbours(slots: Slot[], asked: IndexLanguage, known: ReadonlySet<string>): void {
  for (const [index, slot] of slots.entries()) {
    const next = slots[index + 1];
    if (next === undefined || slot.word.quoted || next.word.quoted) continue;
    for (const { language, term } of inEveryLanguage(slot.word.word + next.word.word)) {
      if (!known.has(term)) continue;
      const joined = alternative([term], NEARNESS.joined, language, asked);
      for (const each of [slot, next]) {
        each.alternatives.push(joined);
        each.isKnown = true;
      }
    }
  }
}

/** What was probably meant by the whole query; null when every word is one the catalogue has. */
export function didYouMean(query: ParsedQuery, slots: readonly Slot[], typosCount: boolean): string | null {
  const meant = new Map(
    slots
      .filter((slot) => slot.meant !== null && (typosCount || !slot.isKnown))
      .map((slot) => [slot.word, slot.meant]),
  );
  if (meant.size === 0) return null;
  return query.words.map((word) => meant.get(word) ?? word.display).join(' ');
}
