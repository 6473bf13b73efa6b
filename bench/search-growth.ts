/**
 * Does a search with facets become dearer with the catalogue? The index of 1,000, 10,000 and 100,000 made-up products, built
 * by the worker's own writer over SQLite in this process, then searched with words that a fixed share of all products have, so
 * that the matches grow as the catalogue does. All sizes are asked in turns and what is told is the CPU time of this process,
 * database included, which does not depend on what else the machine does. What the platform adds to each round trip is the
 * same for all sizes and left out.
 *
 *   npm run bench:search [-- --products 1000,10000,100000 --rounds 60]
 */
import { parseArguments } from '../scripts/lib/arguments.ts';
import { migrated, sqliteD1 } from '../scripts/search/sqlite-d1.ts';
import { IndexMemory } from '../workers/catalogue/search/index-memory.ts';
import { searchProducts, type SearchQuery } from '../workers/catalogue/usecases/search-products.ts';
import { suggest } from '../workers/catalogue/usecases/suggest.ts';
import { searchStore } from '../workers/catalogue/queries/search-store.ts';
import { Synonyms } from '../workers/catalogue/search/synonyms.ts';
import { filtersOf } from '../workers/catalogue/routes/search-filters.ts';
import { madeUpDocuments } from './made-up-products.ts';

const { values } = parseArguments(
  'Usage: npm run bench:search [-- --products 1000,10000,100000 --rounds 60]',
  {
    options: {
      products: { type: 'string', default: '1000,10000,100000' },
      rounds: { type: 'string', default: '60' },
    },
  },
);
const sizes = values.products.split(',').map(Number);
const rounds = Number(values.rounds);
const BATCH = 200;

const base: SearchQuery = {
  q: null,
  wanted: ['en'],
  status: 'published',
  filters: [],
  currency: 'EUR',
  needsPrice: false,
  sort: 'relevance',
  after: null,
  limit: 20,
  counted: true,
  relaxed: true,
  fresh: true,
};
/** Words of one, four, ten and thirty in a hundred products; typos, beginnings, filters, none at all. */
const SEARCHES: [string, Partial<SearchQuery>][] = [
  ['a word of 1 % of products', { q: 'walnut' }],
  ['a word of 30 %', { q: 'classic' }],
  ['two words, 10 % and 30 %', { q: 'classic lamp' }],
  ['a word with a typo', { q: 'clasisc walnut' }],
  ['a beginning', { q: 'classic wal' }],
  [
    'two words and two filters (1 %)',
    { q: 'classic lamp', filters: filtersOf(['attr.colour:colour 0', 'price:1000..15000']) },
  ],
  [
    'two words and two filters (1 in 1,000)',
    { q: 'classic lamp', filters: filtersOf(['vendor:vendor 30', 'price:1000..5000']) },
  ],
  [
    'two words and a filter that none of them passes',
    { q: 'classic lamp', filters: filtersOf(['vendor:vendor 3']) },
  ],
  ['no words', { sort: 'newest' }],
  ['no words, two filters', { filters: filtersOf(['tag:tag 1', 'availability:in_stock']), sort: 'newest' }],
];

type Ask = () => Promise<unknown>;

/** Builds an index; answers what can be asked of it. */
async function built(count: number): Promise<Map<string, Ask>> {
  const database = sqliteD1(migrated('search'));
  const store = searchStore(database, database, { now: () => Date.now() }, new IndexMemory());
  const search = {
    ...store,
    rules: async () => ({ boosts: [], synonyms: new Synonyms([]), texts: new Map() }),
  };
  const began = process.cpuUsage();
  for (let from = 0; from < count; from += BATCH)
    await store.writeIndex(1, madeUpDocuments(from, Math.min(from + BATCH, count)));
  const indexing = cpuMs(began);
  const opened = process.cpuUsage();
  await searchProducts({ search }, base);
  console.log(
    `${count} products: ${(indexing / count).toFixed(2)} ms to index one, ${cpuMs(opened).toFixed(0)} ms for the first search of an isolate`,
  );
  return new Map<string, Ask>([
    ...SEARCHES.map(
      ([what, query]) => [what, () => searchProducts({ search }, { ...base, ...query })] as const,
    ),
    ['suggestions', () => suggest({ search }, { q: 'classic wal', wanted: ['en'], limit: 6, fresh: true })],
  ]);
}

const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

const shops: Map<string, Ask>[] = [];
for (const count of sizes) shops.push(await built(count));
const spent = new Map<string, number[][]>();
for (let round = 0; round <= rounds; round += 1) {
  for (const [size, shop] of shops.entries()) {
    for (const [what, ask] of shop) {
      const began = process.cpuUsage();
      await ask();
      const times = spent.get(what) ?? sizes.map(() => []);
      spent.set(what, times);
      // The first rounds warm up.
      if (round > rounds / 4) times[size]?.push(cpuMs(began));
    }
  }
}
const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
console.log(`\n| CPU ms, median | ${sizes.join(' | ')} | largest / smallest |`);
console.log(`| --- |${' ---: |'.repeat(sizes.length + 1)}`);
for (const [what, times] of spent) {
  const each = times.map(median);
  const ratio = (each.at(-1) ?? 0) / (each[0] ?? 1);
  console.log(`| ${what} | ${each.map((ms) => ms.toFixed(2)).join(' | ')} | ${ratio.toFixed(2)} |`);
}
