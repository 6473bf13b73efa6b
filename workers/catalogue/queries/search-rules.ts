import { BOOSTS, SYNONYMS } from '../domain/search-rule-kinds.ts';
import { MEMORY_TTL_MS, SEARCH_RULES_MAX } from '../limits.ts';
import { indexLanguage } from '../search/languages.ts';
import type { Boost } from '../search/select.ts';
import { Synonyms } from '../search/synonyms.ts';
import { folded } from '../search/words.ts';

export interface SearchRules {
  synonyms: Synonyms;
  boosts: readonly Boost[];
}

/** What cannot be bought is found, behind what can. */
const SOLD_OUT: Boost = { facet: 'availability', value: 'out_of_stock', factor: 0.7 };

let kept: { rules: SearchRules; until: number } | null = null;

/** The rules are read once in `MEMORY_TTL_MS` an isolate; the isolate that changed one reads them at once. */
export const forgetSearchRules = (): void => {
  kept = null;
};

export async function searchRules(database: D1Database, nowMs: number): Promise<SearchRules> {
  if (kept !== null && kept.until > nowMs) return kept.rules;
  const active = (table: string) =>
    database.prepare(`SELECT * FROM ${table} WHERE status = 'active' ORDER BY id LIMIT ${SEARCH_RULES_MAX}`);
  const [synonyms, boosts] = await database.batch([active(SYNONYMS.table), active(BOOSTS.table)]);
  const rules: SearchRules = {
    synonyms: new Synonyms(
      (synonyms?.results ?? []).map((row) => {
        const { locale, ...rule } = SYNONYMS.view(row as Record<string, unknown>);
        return { ...rule, language: locale === null ? null : indexLanguage(locale) };
      }),
    ),
    boosts: [
      SOLD_OUT,
      ...(boosts?.results ?? []).map((row) => {
        const { facet, value, factor } = BOOSTS.view(row as Record<string, unknown>);
        return { facet: folded(facet), value: folded(value), factor };
      }),
    ],
  };
  kept = { rules, until: nowMs + MEMORY_TTL_MS };
  return rules;
}
