import type { Suggestions } from '#shared/contracts/http/search.ts';
import { listedIn } from '../domain/listed-product.ts';
import type { Ports } from '../ports.ts';
import { Highlighter } from '../search/highlight.ts';
import { BASE_LANGUAGE, indexLanguage } from '../search/languages.ts';
import { alternativesIn, hasMatch, type Lists } from '../search/match.ts';
import type { Snapshot } from '../search/index-memory.ts';
import { FACTOR_MAX, type FoundWord, lookupOf, planSlots, type Slot } from '../search/plan.ts';
import { parseQuery } from '../search/query.ts';
import { select } from '../search/select.ts';
import { isEmpty, match } from './search-products.ts';

const NOTHING: Suggestions = { queries: [], products: [] };

/**
 * What somebody who has typed this much may want: words of the catalogue that go on from the last one and find something
 * together with those before it, and the first products. Three round trips. `fresh`: nothing older than what was written last.
 */
export async function suggest(
  ports: Pick<Ports, 'search'>,
  query: { q: string; wanted: readonly string[]; limit: number; fresh: boolean },
): Promise<Suggestions> {
  const parsed = parseQuery(query.q);
  if (isEmpty(parsed)) return NOTHING;
  const language = indexLanguage(query.wanted[0] ?? BASE_LANGUAGE);
  const index = ports.search.index(query.fresh);
  const { boosts, synonyms } = await ports.search.rules();
  const { snapshot, vocabulary } = await index.open(lookupOf(parsed, language));
  const slots = planSlots(parsed, language, vocabulary, synonyms);
  const wanted = { status: 'published', after: null, relaxed: false };
  const { lists, matches, terms } = await match(index, parsed, slots, snapshot, wanted);
  const { hits } = select(matches, snapshot.directory, {
    ...wanted,
    boosts,
    filters: [],
    currency: '',
    needsPrice: false,
    sort: 'relevance',
    limit: query.limit,
    counted: false,
  });
  const shown = await index.shown(
    snapshot.generation,
    hits.map(({ number }) => number),
  );
  const highlighter = new Highlighter(
    slots.flatMap((slot) => alternativesIn(slot, terms.mode).flatMap((each) => each.terms)),
    slots.map((slot) => slot.word.word),
  );
  const before = query.q.trim().split(/\s+/).slice(0, -1);
  return {
    queries: completions(vocabulary.byPrefix, slots, lists, snapshot, language)
      .map((word) => [...before, word].join(' '))
      .slice(0, query.limit),
    products: hits.flatMap(({ number }) => {
      const product = shown.get(number);
      if (product === undefined) return [];
      const { id, handle, title } = listedIn(product.summary, query.wanted);
      return [{ id, handle, title: highlighter.mark(title) }];
    }),
  };
}

/** Words that may be meant, as they are written, those that most products have first. */
function completions(
  begun: readonly FoundWord[],
  slots: readonly Slot[],
  lists: Lists,
  snapshot: Snapshot,
  language: string,
): string[] {
  const last = slots.at(-1);
  if (last === undefined) return [];
  const words = new Map<string, FoundWord>();
  for (const word of begun) {
    const isOfReader = [language, BASE_LANGUAGE, 'xx'].includes(word.language);
    if (word.offered && isOfReader && !words.has(word.display)) words.set(word.display, word);
  }
  const published = { chunks: snapshot.chunks, status: snapshot.directory.statusNumber('published') };
  return [...words.values()]
    .filter(({ term }) => {
      const alternatives = [{ terms: [term], factor: FACTOR_MAX }];
      const wanted = [...slots.slice(0, -1), { ...last, alternatives, isKnown: true }];
      const terms = { mode: 'all', weights: wanted.map(() => 1), needed: wanted.length } as const;
      return hasMatch(wanted, terms, lists, published);
    })
    .map(({ display }) => display);
}
