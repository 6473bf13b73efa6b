import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Columns, packChunk, readChunk, unpackChunk, ValueDirectory } from './columns.ts';
import { Highlighter } from './highlight.ts';
import { INDEX_LANGUAGES, termOf } from './languages.ts';
import { type Match, matchEverything } from './match.ts';
import { CHUNK_PRODUCTS } from './postings.ts';
import { isInRange, type Range, rangeFrom, rangeStart } from './ranges.ts';
import { type Sort, SORTS } from './page.ts';
import { select } from './select.ts';
import { type FacetFilter, PRICE } from './sieve.ts';
import { folded } from './words.ts';

const FACETS = ['vendor', 'tag', 'attr.colour'];
const valueOf = fc.constantFrom('a', 'b', 'c');
const amount = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 50_000 }));
const product = fc.record({
  status: fc.constantFrom('published', 'published', 'draft'),
  titleKey: fc.constantFrom('x', 'y', 'z'),
  prices: fc.dictionary(fc.constantFrom('EUR', 'USD'), amount, { noNullPrototype: true }),
  values: fc.uniqueArray(fc.tuple(fc.constantFrom(...FACETS), valueOf), {
    maxLength: 5,
    selector: ([facet, value]) => facet + value,
  }),
  weight: fc.option(fc.double({ min: -2, max: 300, noNaN: true }).map((number) => number + 0)),
});
const rangeArb: fc.Arbitrary<Range> = fc
  .tuple(fc.option(amount), fc.option(amount))
  .map(([from, to]) => ({ from, to }));
const filterArb: fc.Arbitrary<FacetFilter> = fc.oneof(
  fc.record({
    facet: fc.constantFrom(...FACETS),
    values: fc.uniqueArray(fc.oneof(valueOf, fc.constant('nobody has it')), { minLength: 1, maxLength: 2 }),
    ranges: fc.constant([]),
  }),
  fc.record({
    facet: fc.constantFrom(PRICE, 'attr.weight'),
    values: fc.constant([]),
    ranges: fc.array(rangeArb, { minLength: 1, maxLength: 2 }),
  }),
);
const query = fc.record({
  filters: fc.uniqueArray(filterArb, { maxLength: 4, selector: ({ facet }) => facet }),
  currency: fc.constantFrom('EUR', 'USD'),
  needsPrice: fc.boolean(),
  sort: fc.constantFrom<Sort>(...SORTS),
  limit: fc.integer({ min: 1, max: 7 }),
});

type Made = Columns;
const columnsOf = (made: readonly (typeof product extends fc.Arbitrary<infer P> ? P : never)[]): Made[] =>
  made.map(({ status, titleKey, prices, values, weight }, index) => ({
    id: `prod_${String(index).padStart(4, '0')}`,
    status,
    titleKey,
    prices: Object.entries(prices),
    values: values.map(([facet, value]) => [facet, value, value.toUpperCase()] as const),
    numbers: weight === null ? [] : [['attr.weight', weight] as const],
    facets: {},
  }));

/** Some in the first chunk, some in the third. */
function indexed(products: readonly Made[]) {
  const directory = new ValueDirectory();
  const half = Math.ceil(products.length / 2);
  const chunks = [products.slice(0, half), [], products.slice(half)].map((rows, chunk) =>
    readChunk(chunk, packChunk([...rows]), directory),
  );
  return { directory, matches: matchEverything(chunks) };
}

/** A search that finds only some of the products. */
const foundOnly = (matches: readonly Match[], ids: ReadonlySet<string>): Match[] =>
  matches.map(({ chunk }) => {
    const places = chunk.ids.flatMap((id, place) => (ids.has(id) ? [place] : []));
    return {
      chunk,
      found: { places: Uint16Array.from(places), scores: new Float64Array(places.length).fill(1) },
    };
  });

const numberOf = (product: Made, facet: string, currency: string): number | undefined =>
  facet === PRICE
    ? product.prices.find(([each]) => each === currency)?.[1]
    : product.numbers.find(([each]) => each === facet)?.[1];
const passes = (product: Made, { facet, values, ranges }: FacetFilter, currency: string): boolean => {
  const number = numberOf(product, facet, currency);
  return (
    product.values.some(([each, value]) => each === facet && values.includes(value)) ||
    (number !== undefined && ranges.some((range) => isInRange(number, range)))
  );
};

describe('select', () => {
  it('counts what brute force counts, for any products and filters', () => {
    fc.assert(
      fc.property(fc.array(product, { maxLength: 40 }), query, fc.boolean(), (made, asked, isSearch) => {
        const products = columnsOf(made);
        const { directory, matches } = indexed(products);
        const found = products.filter((_, index) => !isSearch || index % 3 !== 0);
        const ids = new Set(found.map(({ id }) => id));
        const selected = select(isSearch ? foundOnly(matches, ids) : matches, directory, {
          ...asked,
          status: 'published',
          after: null,
          boosts: [],
          counted: true,
        });
        const seen = found.filter(
          (each) =>
            each.status === 'published' &&
            (!asked.needsPrice || numberOf(each, PRICE, asked.currency) !== undefined),
        );
        const left = (facet: string | null) =>
          seen.filter((each) =>
            asked.filters.every((filter) => filter.facet === facet || passes(each, filter, asked.currency)),
          );
        expect(selected.total).toBe(left(null).length);
        for (const [number, { facet, value }] of directory.all.entries()) {
          const having = left(facet).filter((each) =>
            each.values.some((one) => one[0] === facet && one[1] === value),
          );
          expect(selected.counts?.values[number]).toBe(having.length);
        }
        for (const facet of [PRICE, 'attr.weight']) {
          const expected = new Map<number, number>();
          for (const each of left(facet)) {
            const number = numberOf(each, facet, asked.currency);
            if (number !== undefined)
              expected.set(rangeStart(number), (expected.get(rangeStart(number)) ?? 0) + 1);
          }
          expect(selected.counts?.numbers.get(facet) ?? new Map()).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('pages through everything once and in order, whatever is put in and taken out between pages', () => {
    const changes = fc.array(fc.record({ add: product, remove: fc.nat() }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(product, { maxLength: 30 }), query, changes, (made, asked, changes) => {
        const shop = columnsOf(made);
        const kept = new Set(shop.map(({ id }) => id));
        const page = (after: { key: number | string; id: string } | null, limit: number) => {
          const { directory, matches } = indexed(shop.filter(({ id }) => kept.has(id)));
          return select(matches, directory, {
            ...asked,
            needsPrice: asked.needsPrice || asked.sort === 'price' || asked.sort === '-price',
            filters: [],
            status: 'published',
            after,
            boosts: [],
            counted: false,
            limit,
          }).hits;
        };
        const before = page(null, 1_000).map(({ id }) => id);
        const removed = new Set<string>();
        const read: string[] = [];
        let after = null;
        for (let round = 0; ; round += 1) {
          const hits = page(after, asked.limit);
          read.push(...hits.map(({ id }) => id));
          after = hits.at(-1) ?? null;
          if (hits.length < asked.limit || after === null) break;
          const change = changes[round];
          if (change === undefined) continue;
          const [added] = columnsOf([change.add]);
          if (added !== undefined) {
            const id = `prod_new${round}`;
            shop.push({ ...added, id });
            kept.add(id);
          }
          const gone = shop[change.remove % shop.length]?.id ?? '';
          kept.delete(gone);
          removed.add(gone);
        }
        expect(new Set(read).size).toBe(read.length);
        const stayed = before.filter((id) => !removed.has(id));
        expect(read.filter((id) => stayed.includes(id))).toEqual(stayed);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a chunk', () => {
  it('is unpacked as it was packed', () => {
    fc.assert(
      fc.property(fc.array(fc.option(product), { maxLength: 20 }), (made) => {
        const rows = made.map((each) => (each === null ? null : (columnsOf([each])[0] ?? null)));
        expect(unpackChunk(packChunk(rows))).toEqual(rows);
        expect(readChunk(0, packChunk(rows), new ValueDirectory()).ids).toHaveLength(CHUNK_PRODUCTS);
      }),
      { numRuns: 100 },
    );
  });
});

describe('ranges', () => {
  it('hold the numbers that begin in them, side by side', () => {
    fc.assert(
      fc.property(fc.double({ min: -10, max: 1e12, noNaN: true }), (number) => {
        const range = rangeFrom(rangeStart(number));
        expect(isInRange(number, range)).toBe(true);
        expect(range.to === null ? null : rangeStart(range.to)).toBe(range.to);
      }),
    );
  });
});

describe('marking what was searched for', () => {
  const letters = fc.constantFrom(
    ...'a e i o u b c d l n r s t y q ß ü ä é'.split(' '),
    'ue',
    'ae',
    'ing',
    's',
    'en',
    'es',
  );
  const word = fc.array(letters, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));

  it('marks each word of a text that has a term of the query in some language, however often it stands there', () => {
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 20 }),
        fc.array(word, { minLength: 1, maxLength: 3 }),
        (text, asked) => {
          const terms = asked.flatMap((each) =>
            INDEX_LANGUAGES.map((language) => termOf(language, folded(each))),
          );
          const isMeant = (each: string): boolean =>
            INDEX_LANGUAGES.some((language) => terms.includes(termOf(language, folded(each))));
          const marked = new Highlighter(terms, []).mark([...text, ...text].join(' '));
          const hits = marked.flatMap(({ text: piece, hit }) =>
            piece.split(' ').flatMap((each) => (each === '' ? [] : [[each, hit]])),
          );
          expect(hits).toEqual([...text, ...text].map((each) => [each, isMeant(each)]));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows a passage around the first hit, and none where there is none', () => {
    const text = `${'Something else. '.repeat(20)}Two lamps stand here. ${'And more. '.repeat(40)}`;
    const highlighter = new Highlighter([termOf('en', 'lamp')], []);
    const passage = highlighter.passage(text) ?? [];
    expect(passage.filter(({ hit }) => hit).map((piece) => piece.text)).toEqual(['lamps']);
    expect([passage[0]?.text.startsWith('… '), passage.at(-1)?.text.endsWith(' …')]).toEqual([true, true]);
    expect(highlighter.passage('Nothing of it')).toBeNull();
  });
});
