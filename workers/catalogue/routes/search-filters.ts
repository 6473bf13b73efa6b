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
const filterText = z
  .string()
  .max(300)
  .regex(/^[^:]+:[^]+$/, 'must be facet:value or facet:from..to');

/** What a filter names of days (`YYYY-MM-DD`) that no calendar has; of attributes a single day counts too, elsewhere it is a word. */
function daysNobodyHas(text: string): string[] {
  const colon = text.indexOf(':');
  const value = text.slice(colon + 1).trim();
  const bounds = DATES.exec(value)?.slice(1) ?? [];
  const single = DATE.test(value) && folded(text.slice(0, colon)).startsWith('attr.') ? [value] : [];
  return [...bounds, ...single].filter((day) => day !== undefined && !isDay.safeParse(day).success);
}
const isDay = z.iso.date();

/** A repeatable parameter of filters, at most `max` of them. */
export const filtersQuery = (max: number) =>
  z.union([filterText, z.array(filterText).max(max)]).superRefine((filters, context) => {
    for (const [index, text] of [filters].flat().entries())
      for (const message of faultsOf(text))
        context.addIssue({ code: 'custom', path: Array.isArray(filters) ? [index] : [], message });
  });

const faultsOf = (text: string): string[] => [
  ...daysNobodyHas(text).map((day) => `names a day that does not exist: ${day}`),
  ...(isRangeOfWords(text) ? ['availability has no ranges'] : []),
];

/** Availability is words alone. */
function isRangeOfWords(text: string): boolean {
  const colon = text.indexOf(':');
  const value = text.slice(colon + 1).trim();
  return folded(text.slice(0, colon)) === 'availability' && (RANGE.test(value) || DATES.test(value));
}

/** Relevance without words is no order at all. */
export const sortOf = (wanted: Sort | undefined, q: string): Sort =>
  q === '' && (wanted ?? 'relevance') === 'relevance' ? 'newest' : (wanted ?? 'relevance');

const DATES = /^(\d{4}-\d{2}-\d{2})?\.\.(\d{4}-\d{2}-\d{2})?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,9})?$/;

/** One filter a facet. Days are ranges of their time in milliseconds; a single number or day may be a word as well. */
export function filtersOf(texts: readonly string[]): FacetFilter[] {
  const filters = new Map<string, { values: string[]; ranges: Range[] }>();
  for (const text of texts) {
    const colon = text.indexOf(':');
    const facet = folded(text.slice(0, colon));
    const value = text.slice(colon + 1);
    const filter = filters.get(facet) ?? { values: [], ranges: [] };
    filters.set(facet, filter);
    const range = rangeOf(value.trim());
    if (range !== null) filter.ranges.push(range);
    if (range === null || range.from === range.to) filter.values.push(folded(value));
  }
  return [...filters].map(([facet, filter]) => ({ facet, ...filter }));
}

/** Null: it names no number and no day. */
function rangeOf(text: string): Range | null {
  const [numbers, dates] = [RANGE.exec(text), DATES.exec(text)];
  if (numbers !== null) return { from: boundOf(numbers[1], Number), to: boundOf(numbers[2], Number) };
  if (dates !== null) return { from: boundOf(dates[1], Date.parse), to: boundOf(dates[2], Date.parse) };
  const single = NUMBER.test(text) ? Number(text) : DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(single) ? null : { from: single, to: single };
}

function boundOf(text: string | undefined, read: (text: string) => number): number | null {
  const bound = text === undefined ? Number.NaN : read(text);
  return Number.isNaN(bound) ? null : bound;
}
