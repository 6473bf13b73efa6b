import type { Facet } from '#shared/contracts/http/search.ts';
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
): Facet[] {
  const facets = new Map<string, Facet>();
  const facetOf = (facet: string): Facet => {
    let view = facets.get(facet);
    if (view === undefined) {
      const { title, unit } = directory.facets.get(facet) ?? { title: titleOf(facet), unit: null };
      view = { facet, title, unit: facet === PRICE ? currency : unit, values: [], ranges: [] };
      facets.set(facet, view);
    }
    return view;
  };
  const filterOf = new Map(filters.map((filter) => [filter.facet, filter]));
  for (const [number, { facet, value, label }] of directory.all.entries()) {
    const count = counts.values[number] ?? 0;
    const selected = filterOf.get(facet)?.values.includes(value) ?? false;
    if (count > 0 || selected) facetOf(facet).values.push({ value, label, count, selected });
  }
  for (const [facet, starts] of counts.numbers) {
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

/** `option.size` → `Size` */
function titleOf(facet: string): string {
  const name = facet.replace(/^\w+\./, '');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
