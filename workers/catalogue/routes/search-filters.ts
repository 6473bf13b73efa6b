import { z } from '@hono/zod-openapi';
import type { Currency } from '#shared/money/money.ts';
import type { Sort } from '../search/page.ts';
import type { FacetFilter } from '../search/sieve.ts';
import type { Range } from '../search/ranges.ts';
import { folded } from '../search/words.ts';

/** Prices are compared in this currency when none is named. */
export const DEFAULT_CURRENCY: Currency = 'EUR';

const RANGE = /^(-?\d{1,15}(?:\.\d{1,9})?)?\.\.(-?\d{1,15}(?:\.\d{1,9})?)?$/;

/** `vendor:Kestrel Works` or `attr.weight:1..5` */
export const filterText = z
  .string()
  .max(300)
  .regex(/^[^:]+:[^]+$/, 'must be facet:value or facet:from..to');

/** Relevance without words is no order at all. */
export const sortOf = (wanted: Sort | undefined, q: string): Sort =>
  q === '' && (wanted ?? 'relevance') === 'relevance' ? 'newest' : (wanted ?? 'relevance');

/** One filter a facet. */
export function filtersOf(texts: readonly string[]): FacetFilter[] {
  const filters = new Map<string, { values: string[]; ranges: Range[] }>();
  for (const text of texts) {
    const colon = text.indexOf(':');
    const facet = folded(text.slice(0, colon));
    const value = text.slice(colon + 1);
    const filter = filters.get(facet) ?? { values: [], ranges: [] };
    filters.set(facet, filter);
    const range = RANGE.exec(value.trim());
    if (range === null) filter.values.push(folded(value));
    else filter.ranges.push({ from: boundOf(range[1]), to: boundOf(range[2]) });
  }
  return [...filters].map(([facet, filter]) => ({ facet, ...filter }));
}

const boundOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
