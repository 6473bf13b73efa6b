import { z } from 'zod';
import { BOOSTS, SYNONYMS } from '../domain/search-rule-kinds.ts';
import { attributeDefinitionSchema } from '#shared/domain/attributes.ts';
import { MEMORY_TTL_MS, SEARCH_RULES_MAX, TRANSLATED_ATTRIBUTES_MAX } from '../limits.ts';
import { type FacetTexts, facetTexts } from '../search/attribute-texts.ts';
import { json } from './json-column.ts';
import { indexLanguage } from '../search/languages.ts';
import type { Boost } from '../search/select.ts';
import { Synonyms } from '../search/synonyms.ts';
import { folded } from '../search/words.ts';

export interface SearchRules {
  synonyms: Synonyms;
  boosts: readonly Boost[];
  /** How attributes are called in other languages. */
  texts: FacetTexts;
}

/** What cannot be bought is found, behind what can. */
const SOLD_OUT: Boost = { facet: 'availability', value: 'out_of_stock', factor: 0.7 };

/** Attributes that have words in other languages, those that were stated last at first. */
const TRANSLATED = `SELECT a.value->>'key' AS key, a.value->'translations' AS translations
  FROM product_types AS t, json_each(t.attributes) AS a
  WHERE a.value->>'translations' <> '{}' ORDER BY t.updated_at_ms DESC, t.id LIMIT ${TRANSLATED_ATTRIBUTES_MAX}`;
const translatedSchema = z.object({
  key: z.string(),
  translations: json(attributeDefinitionSchema.shape.translations),
});

let kept: { rules: SearchRules; until: number } | null = null;

/** The rules are read once in `MEMORY_TTL_MS` an isolate; the isolate that changed one reads them at once. */
export const forgetSearchRules = (): void => {
  kept = null;
};

export async function searchRules(database: D1Database, nowMs: number): Promise<SearchRules> {
  if (kept !== null && kept.until > nowMs) return kept.rules;
  const active = (table: string) =>
    database.prepare(`SELECT * FROM ${table} WHERE status = 'active' ORDER BY id LIMIT ${SEARCH_RULES_MAX}`);
  const [synonyms, boosts, translated] = await database.batch([
    active(SYNONYMS.table),
    active(BOOSTS.table),
    database.prepare(TRANSLATED),
  ]);
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
    texts: facetTexts(
      translatedSchema
        .array()
        .parse(translated?.results ?? [])
        .toReversed(),
    ),
  };
  kept = { rules, until: nowMs + MEMORY_TTL_MS };
  return rules;
}
