import type { Facet } from '#shared/contracts/http/search.ts';
import { textIn } from '#shared/domain/product-texts.ts';
import type { FacetTexts } from './attribute-texts.ts';
import { type ShopWords, shopWords } from './shop-words.ts';
import { FACET_VALUES_MAX, FACETS_MAX } from '../limits.ts';
import type { ValueDirectory } from './columns.ts';
import { rangeFrom } from './ranges.ts';
import type { Counts } from './counter.ts';
import { type FacetFilter, PRICE } from './sieve.ts';

/** Facets every shop has, in this order; those of its own products come after them. */
const FIRST = ['kind', 'collection', 'vendor', 'tag', 'availability', PRICE];

/** The counts as they are answered: facets nobody could choose anything of are left out. */
export function facetViews(
  counts: Counts,
  directory: ValueDirectory,
  filters: readonly FacetFilter[],
  currency: string,
  { texts, wanted }: { texts: FacetTexts; wanted: readonly string[] },
): Facet[] {
  const words = shopWords(wanted);
  const facets = new Map<string, Facet>();
  const facetOf = (facet: string): Facet => {
    let view = facets.get(facet);
    if (view === undefined) {
      const { title, unit } = directory.facets.get(facet) ?? {
        title: words.titles[facet] ?? titleOf(facet),
        unit: null,
      };
      const { titles = {}, units = {} } = texts.get(facet) ?? {};
      view = {
        facet,
        title: textIn(titles, wanted, title),
        unit: unit === null ? null : textIn(units, wanted, unit),
        values: [],
        ranges: [],
      };
      if (facet === PRICE) view.unit = currency;
      facets.set(facet, view);
    }
    return view;
  };
  const filterOf = new Map(filters.map((filter) => [filter.facet, filter]));
  for (const [number, { facet, value, ...named }] of directory.all.entries()) {
    const count = counts.values[number] ?? 0;
    const selected = filterOf.get(facet)?.values.includes(value) ?? false;
    if (count === 0 && !selected) continue;
    const labels = { ...named.labels, ...texts.get(facet)?.options[named.label] };
    const own = words.values[facet]?.[value] ?? truthIn(words, facet, named.label);
    const label = textIn(labels, wanted, own);
    facetOf(facet).values.push({ value, label, count, selected });
  }
  for (const [facet, starts] of counts.numbers) {
    if (directory.facets.get(facet)?.days === true) continue;
    const chosen = filterOf.get(facet)?.ranges ?? [];
    facetOf(facet).ranges = [...starts]
      .sort(([a], [b]) => a - b)
      .map(([start, count]) => {
        const range = rangeFrom(start);
        const selected = chosen.some(({ from, to }) => from === range.from && to === range.to);
        return { ...range, count, selected };
      });
  }
  for (const view of facets.values()) {
    view.values.sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
    view.values = view.values.filter((value, index) => index < FACET_VALUES_MAX || value.selected);
  }
  return [...facets.values()]
    .filter(({ facet }) => directory.facets.get(facet)?.counted ?? true)
    .sort(byRank)
    .slice(0, FACETS_MAX);
}

const rankOf = (facet: string): number => {
  const rank = FIRST.indexOf(facet);
  return rank === -1 ? FIRST.length : rank;
};
const byRank = (a: Facet, b: Facet): number =>
  rankOf(a.facet) - rankOf(b.facet) || (a.facet < b.facet ? -1 : 1);

/** A truth value is an attribute's, and says nothing in any language but code. */
const truthIn = ({ truth }: ShopWords, facet: string, label: string): string =>
  (facet.startsWith('attr.') ? truth[label] : undefined) ?? label;

/** `option.size` → `Size` */
function titleOf(facet: string): string {
  const name = facet.replace(/^\w+\./, '');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
