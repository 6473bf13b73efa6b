import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../lib/workers.ts';
import { demoProducts } from './demo-products.ts';
import { type Engine, miniSearch, ours, plainFts5 } from './engines.ts';

/** A query with the products its buyer would be glad to see: 3 just that, 2 good, 1 near. */
export interface Judged {
  locale: string;
  query: string;
  grades: ReadonlyMap<string, number>;
}
export interface Quality {
  /** Mean of the normalised discounted cumulative gain of the first ten hits, gains 2^grade − 1 (Järvelin, Kekäläinen 2002). */
  ndcg: number;
  /** Mean share of the judged products, at most ten, that are among the first ten hits. */
  recall: number;
  worst: { query: string; ndcg: number; hits: string[] }[];
}

const CUT = 10;

/** `tuned`: what weights and rules were tried with. `held out`: what they never saw. */
const SETS = { tuned: 'judged.txt', 'held out': 'held-out.txt' } as const;
export type QuerySet = keyof typeof SETS;
export const QUERY_SETS = Object.keys(SETS) as QuerySet[];

function judgedQueries(set: QuerySet): Judged[] {
  const lines = readFileSync(path.join(ROOT, 'scripts/search', SETS[set]), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [locale = '', query = '', judged = ''] = line.split('|').map((part) => part.trim());
    if (line.startsWith('#') || query === '') return [];
    const grades = judged.split(' ').map((text) => {
      const [handle = '', grade] = text.split('=');
      return [handle, Number(grade)] as const;
    });
    return [{ locale, query, grades: new Map(grades) }];
  });
}

export function ndcgAt10(hits: readonly string[], grades: ReadonlyMap<string, number>): number {
  const ideal = discounted([...grades.values()].sort((a, b) => b - a));
  return ideal === 0 ? 0 : discounted(hits.map((hit) => grades.get(hit) ?? 0)) / ideal;
}
const discounted = (grades: readonly number[]): number =>
  grades.slice(0, CUT).reduce((sum, grade, rank) => sum + (2 ** grade - 1) / Math.log2(rank + 2), 0);

async function measure(engine: Engine, judged: readonly Judged[]): Promise<Quality> {
  const each: { query: string; hits: string[]; ndcg: number; recall: number }[] = [];
  for (const { query, locale, grades } of judged) {
    const hits = await engine(query, locale, CUT);
    const found = hits.filter((hit) => grades.has(hit)).length;
    each.push({ query, hits, ndcg: ndcgAt10(hits, grades), recall: found / Math.min(CUT, grades.size) });
  }
  const mean = (of: 'ndcg' | 'recall') => each.reduce((sum, one) => sum + one[of], 0) / each.length;
  return {
    ndcg: mean('ndcg'),
    recall: mean('recall'),
    worst: each.sort((a, b) => a.ndcg - b.ndcg).slice(0, 60),
  };
}

/** Every engine on the same documents and queries. */
export async function searchQuality(
  set: QuerySet,
): Promise<{ queries: number; by: Record<string, Quality> }> {
  const products = demoProducts();
  const judged = judgedQueries(set);
  const known = new Set(products.map(({ handle }) => handle));
  for (const { query, grades } of judged)
    for (const handle of grades.keys())
      if (!known.has(handle)) throw new Error(`${query}: there is no product ${handle}`);
  return {
    queries: judged.length,
    by: {
      ours: await measure(await ours(products, true), judged),
      'ours, without synonyms': await measure(await ours(products, false), judged),
      'plain FTS5': await measure(plainFts5(products), judged),
      MiniSearch: await measure(miniSearch(products), judged),
    },
  };
}
