import type { SearchPage } from '#shared/contracts/http/search.ts';
import { listedIn } from '../domain/listed-product.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import type { Ports } from '../ports.ts';
import { facetViews } from '../search/facets.ts';
import { Highlighter } from '../search/highlight.ts';
import { BASE_LANGUAGE, INDEX_LANGUAGES, indexLanguage, termOf } from '../search/languages.ts';
import {
  alternativesIn,
  type Lists,
  type Match,
  matchEverything,
  matchSlots,
  type Mode,
  mostWords,
  narrowMatches,
  type Terms,
  weightsOf,
} from '../search/match.ts';
import type { Snapshot } from '../search/index-memory.ts';
import { didYouMean, lookupOf, planSlots, type Slot } from '../search/plan.ts';
import { type ParsedQuery, parseQuery } from '../search/query.ts';
import type { Hit, Sort } from '../search/page.ts';
import { select } from '../search/select.ts';
import { countMatches, type FacetFilter } from '../search/sieve.ts';
import { stemOf } from '../search/analysis.ts';

export interface SearchQuery {
  /** Null: everything. */
  q: string | null;
  /** Languages of the texts, best first (BCP 47); the first decides how words are understood. */
  wanted: readonly string[];
  status: string;
  filters: readonly FacetFilter[];
  currency: string;
  needsPrice: boolean;
  sort: Sort;
  after: SearchPosition | null;
  limit: number;
  counted: boolean;
  /** When nothing has all the words: products that have some of them. */
  relaxed: boolean;
  /** Nothing older than what was written last. */
  fresh: boolean;
}
/** Where a page ended, with what decided its scores, so that the next page is scored alike. */
export interface SearchPosition {
  key: number | string;
  id: string;
  terms: Terms;
}
export interface Found extends Omit<SearchPage, 'next'> {
  next: SearchPosition | null;
}

type SearchPorts = Pick<Ports, 'search'>;

/** As `searchProducts`, kept for seconds in the isolate's memory: there is no end of different searches. */
export async function searchProductsCached(
  ports: SearchPorts & Pick<Ports, 'cache'>,
  query: SearchQuery,
): Promise<Found> {
  if (query.fresh) return searchProducts(ports, query);
  const key = `search/${sha256(canonicalJson(query)).slice(0, 22)}`;
  return (await ports.cache.read(key, () => searchProducts(ports, query), 'memory')) ?? NOTHING;
}

/**
 * A page of products that match, counted by facet. At most three round trips: the vocabulary and what is new in the index, the
 * lists of the terms, what is shown of the hits.
 */
export async function searchProducts(ports: SearchPorts, query: SearchQuery): Promise<Found> {
  const parsed = query.q === null ? null : parseQuery(query.q);
  if (parsed !== null && isEmpty(parsed)) return NOTHING;
  const language = indexLanguage(query.wanted[0] ?? BASE_LANGUAGE);
  const index = ports.search.index(query.fresh);
  const { boosts, synonyms, texts } = await ports.search.rules();
  const { snapshot, vocabulary } = await index.open(parsed === null ? null : lookupOf(parsed, language));
  const slots = parsed === null ? [] : planSlots(parsed, language, vocabulary, synonyms);
  const { lists, matches, terms } =
    parsed === null
      ? { lists: NO_LISTS, matches: matchEverything(snapshot.chunks), terms: EVERYTHING }
      : await match(index, parsed, slots, snapshot, query);
  const selected = select(matches, snapshot.directory, { ...query, boosts, limit: query.limit + 1 });
  const page = selected.hits.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: await show(index, snapshot.generation, page, slots, terms.mode, query.wanted),
    next:
      selected.hits.length > query.limit && last !== undefined
        ? { key: last.key, id: last.id, terms: lists === NO_LISTS ? EVERYTHING : terms }
        : null,
    total: selected.total,
    didYouMean: parsed === null ? null : didYouMean(parsed, slots, terms.mode !== 'all'),
    hasAllWords: terms.needed >= slots.length,
    facets:
      selected.counts === null
        ? []
        : facetViews(selected.counts, snapshot.directory, query.filters, query.currency, {
            texts,
            wanted: query.wanted,
          }),
  };
}

export type OpenIndex = ReturnType<Ports['search']['index']>;

const NOTHING: Found = {
  items: [],
  next: null,
  total: 0,
  didYouMean: null,
  hasAllWords: true,
  facets: [],
};
const NO_LISTS: Lists = new Map();
const EVERYTHING: Terms = { mode: 'all', weights: [], needed: 0 };

export const isEmpty = ({ words, excludedWords, excludedPhrases }: ParsedQuery): boolean =>
  words.length + excludedWords.length + excludedPhrases.length === 0;

const inEveryLanguage = (word: string): string[] => INDEX_LANGUAGES.map((each) => termOf(each, word));
const phraseIn = (words: readonly string[]) =>
  Object.fromEntries(
    INDEX_LANGUAGES.map((language) => [language, words.map((word) => stemOf(termOf(language, word)))]),
  );

/**
 * The products that have the words, or else those with typos, or else those with the most of them. Few hits are followed by
 * products that lack one word.
 */
export async function match(
  index: OpenIndex,
  parsed: ParsedQuery,
  slots: readonly Slot[],
  snapshot: Snapshot,
  query: Pick<SearchQuery, 'after' | 'status' | 'relaxed'>,
): Promise<{ lists: Lists; matches: Match[]; terms: Terms }> {
  const excludedTerms = parsed.excludedWords.flatMap(inEveryLanguage);
  const { lists, phrases } = await index.lists(snapshot.generation, {
    terms: [
      ...new Set([
        ...excludedTerms,
        ...slots.flatMap((slot) => alternativesIn(slot, 'typos').flatMap(({ terms }) => terms)),
      ]),
    ],
    phrases: [...parsed.phrases, ...parsed.excludedPhrases].map(phraseIn),
  });
  const narrowing = {
    excludedTerms,
    excludedNumbers: new Set(phrases.slice(parsed.phrases.length).flatMap((numbers) => [...numbers])),
    phrases: phrases.slice(0, parsed.phrases.length),
  };
  const found = (terms: Terms): Match[] =>
    narrowMatches(
      slots.length === 0
        ? matchEverything(snapshot.chunks)
        : matchSlots(slots, terms, lists, snapshot.chunks),
      narrowing,
      lists,
    );
  const termsOf = (mode: Mode, needed: number): Terms => ({
    mode,
    weights: weightsOf(slots, lists, mode, productsIn(snapshot)),
    needed,
  });
  if (query.after !== null) return { lists, terms: query.after.terms, matches: found(query.after.terms) };
  const status = snapshot.directory.statusNumber(query.status);
  for (const mode of ['all', 'typos'] as const) {
    const terms = termsOf(mode, slots.length);
    const matches = found(terms);
    const count = countMatches(matches, status);
    if (count > 0 && count < FEW_HITS && query.relaxed && slots.length > 1) {
      const fewer = { ...terms, needed: slots.length - 1 };
      return { lists, terms: fewer, matches: found(fewer) };
    }
    if (count > 0 || (mode === 'typos' && !query.relaxed)) return { lists, terms, matches };
  }
  const terms = termsOf('some', Math.max(1, mostWords(slots, lists, { chunks: snapshot.chunks, status })));
  return { lists, terms, matches: found(terms) };
}

const productsIn = ({ chunks }: Snapshot): number => chunks.length * (chunks[0]?.ids.length ?? 0);

/** Fewer hits than this, and products that lack one of the words are shown behind them. */
const FEW_HITS = 3;

async function show(
  index: OpenIndex,
  generation: number,
  hits: readonly Hit[],
  slots: readonly Slot[],
  mode: Mode,
  wanted: readonly string[],
): Promise<Found['items']> {
  if (hits.length === 0) return [];
  const shown = await index.shown(
    generation,
    hits.map(({ number }) => number),
  );
  const highlighter = new Highlighter(
    slots.flatMap((slot) => alternativesIn(slot, mode).flatMap(({ terms }) => terms)),
    slots.map((slot) => slot.word.word),
  );
  return hits.flatMap(({ number }) => {
    const product = shown.get(number);
    if (product === undefined) return [];
    const summary = listedIn(product.summary, wanted);
    const [description = ''] = [summary.locale, BASE_LANGUAGE].flatMap(
      (locale) => product.descriptions[locale] || [],
    );
    return {
      product: summary,
      title: highlighter.mark(summary.title),
      summary: highlighter.mark(summary.summary),
      passage: highlighter.passage(description),
    };
  });
}
