import { DatabaseSync } from 'node:sqlite';
import MiniSearch from 'minisearch';
import { systemClock } from '#shared/time/time.ts';
import type { StoredProduct } from '../../workers/catalogue/domain/stored-product.ts';
import { plainText } from '../../workers/catalogue/html/text.ts';
import { searchStore } from '../../workers/catalogue/queries/search-store.ts';
import { indexDocument } from '../../workers/catalogue/search/index-document.ts';
import { indexLanguage } from '../../workers/catalogue/search/languages.ts';
import { Synonyms } from '../../workers/catalogue/search/synonyms.ts';
import { searchProducts } from '../../workers/catalogue/usecases/search-products.ts';
import { DEMO_SYNONYMS } from '../demo/synonyms.ts';
import { migrated, sqliteD1 } from './sqlite-d1.ts';

/** Finds the handles of the best hits. */
export type Engine = (query: string, locale: string, limit: number) => Promise<string[]>;

/** The shop's own search, over the same tables and statements as in D1. */
export async function ours(products: readonly StoredProduct[], withSynonyms: boolean): Promise<Engine> {
  const database = sqliteD1(migrated('search'));
  const store = searchStore(database, database, systemClock);
  for (const generation of await store.liveGenerations())
    await store.writeIndex(generation, products.map(indexDocument));
  const synonyms = new Synonyms(
    (withSynonyms ? DEMO_SYNONYMS : []).map((rule) => ({
      direction: 'two_way',
      to: [],
      ...rule,
      language: indexLanguage(rule.locale),
    })),
  );
  const search = { ...store, rules: async () => ({ synonyms, boosts: [], texts: new Map() }) };
  return async (q, locale, limit) => {
    const found = await searchProducts(
      { search },
      {
        q,
        wanted: [locale],
        status: 'published',
        filters: [],
        currency: 'EUR',
        needsPrice: false,
        sort: 'relevance',
        after: null,
        limit,
        counted: false,
        relaxed: true,
        fresh: false,
      },
    );
    return found.items.map(({ product }) => product.handle);
  };
}

const FIELDS = ['title', 'sku', 'tags', 'vendor', 'attributes', 'summary', 'description'] as const;

/** The same documents for engines that know no languages: all texts of a field together. */
const documents = (products: readonly StoredProduct[]) =>
  products.map((product) => {
    const texts = [product, ...Object.values(product.translations)];
    const { attributes, definitions } = product;
    return {
      handle: product.handle,
      title: texts.map(({ title }) => title).join(' '),
      sku: product.variants.map(({ sku, title }) => `${sku} ${title}`).join(' '),
      tags: [...product.tags, ...product.collections.map(({ title }) => title)].join(' '),
      vendor: product.vendor,
      attributes: definitions
        .flatMap(({ key, title, unit }) =>
          attributes[key] === undefined ? [] : [`${title} ${attributes[key]} ${unit ?? ''}`],
        )
        .join(' '),
      summary: texts.map(({ summary }) => summary).join(' '),
      description: texts.map(({ descriptionHtml }) => plainText(descriptionHtml)).join(' '),
    };
  });

/** SQLite's FTS5 as it comes, with its English stemmer, accents folded, fields weighted; any of the words, the last a beginning. */
export function plainFts5(products: readonly StoredProduct[]): Engine {
  const database = new DatabaseSync(':memory:');
  database.exec(
    `CREATE VIRTUAL TABLE t USING fts5 (handle UNINDEXED, ${FIELDS.join(', ')}, tokenize = "porter unicode61 remove_diacritics 2")`,
  );
  const insert = database.prepare(`INSERT INTO t VALUES (?, ${FIELDS.map(() => '?').join(', ')})`);
  for (const each of documents(products)) insert.run(each.handle, ...FIELDS.map((field) => each[field]));
  const select = database.prepare(
    'SELECT handle FROM t WHERE t MATCH ? ORDER BY bm25(t, 0, 10, 8, 5, 4, 4, 3, 1) LIMIT ?',
  );
  return async (query, _locale, limit) => {
    const words = query.match(/[\p{L}\p{N}]+/gu) ?? [];
    if (words.length === 0) return [];
    const expression = `${words.map((word) => `"${word}"`).join(' OR ')} *`;
    return select.all(expression, limit).map((row) => String(row['handle']));
  };
}

/** MiniSearch with typos, beginnings and weights switched on, accents folded. */
export function miniSearch(products: readonly StoredProduct[]): Engine {
  const engine = new MiniSearch<Record<string, string>>({
    idField: 'handle',
    fields: [...FIELDS],
    processTerm: (term) => term.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase(),
    searchOptions: {
      boost: { title: 10, sku: 8, tags: 5, vendor: 4, attributes: 4, summary: 3, description: 1 },
      fuzzy: 0.2,
      prefix: true,
    },
  });
  engine.addAll(documents(products));
  return async (query, _locale, limit) =>
    engine
      .search(query)
      .slice(0, limit)
      .map(({ id }) => String(id));
}
