import {
  boostInputSchema,
  boostSchema,
  synonymInputSchema,
  synonymSchema,
} from '#shared/contracts/http/search-rules.ts';
import type { App } from '#shared/http/app.ts';
import { ruleRoutes } from '#shared/rules/rule-routes.ts';
import { BOOSTS, SYNONYMS } from '../domain/search-rule-kinds.ts';
import type { Env } from '../env.ts';

const shared = {
  tag: 'Search',
  database: (env: Env) => env.CATALOGUE_DB,
  permissions: { read: 'products.write', write: 'products.write' },
} as const;

/** Synonyms and boosts. Searches follow them within seconds, those of the isolate that `changed` one at once. */
export function searchRuleRoutes(app: App<Env>, changed: () => void): void {
  ruleRoutes(app, {
    ...shared,
    changed,
    path: '/v1/search-synonyms',
    name: 'SearchSynonym',
    words: 'a synonym',
    idKind: 'synonym',
    input: synonymInputSchema,
    view: synonymSchema,
    kind: SYNONYMS,
  });
  ruleRoutes(app, {
    ...shared,
    changed,
    path: '/v1/search-boosts',
    name: 'SearchBoost',
    words: 'a boost',
    idKind: 'searchBoost',
    input: boostInputSchema,
    view: boostSchema,
    kind: BOOSTS,
  });
}
