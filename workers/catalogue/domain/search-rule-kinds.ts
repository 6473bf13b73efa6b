import {
  type BoostInput,
  boostSchema,
  type BoostView,
  type SynonymInput,
  synonymSchema,
  type SynonymView,
} from '#shared/contracts/http/search-rules.ts';
import { keptOf, parsed } from '#shared/rules/columns.ts';
import type { RuleKind } from '#shared/rules/store.ts';

export const SYNONYMS: RuleKind<SynonymInput, SynonymView> = {
  table: 'search_synonyms',
  columns: (input) => ({
    status: 'active',
    locale: input.locale,
    direction: input.direction,
    words: JSON.stringify(input.words),
    targets: JSON.stringify(input.to),
  }),
  view: (row) =>
    synonymSchema.parse({
      ...keptOf(row),
      locale: row['locale'],
      direction: row['direction'],
      words: parsed(row['words']),
      to: parsed(row['targets']),
    }),
};

const PERMILLE = 1_000;

export const BOOSTS: RuleKind<BoostInput, BoostView> = {
  table: 'search_boosts',
  columns: (input) => ({
    status: 'active',
    title: input.title,
    facet: input.facet,
    value: input.value,
    permille: Math.round(input.factor * PERMILLE),
  }),
  view: (row) =>
    boostSchema.parse({
      ...keptOf(row),
      title: row['title'],
      facet: row['facet'],
      value: row['value'],
      factor: Number(row['permille']) / PERMILLE,
    }),
};
