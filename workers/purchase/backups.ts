import type { Source } from '#shared/backup/sources.ts';
import type { Env } from './env.ts';

/** What this worker keeps. */
export const sources = (env: Env): Source[] => [
  {
    kind: 'database',
    name: 'COMMERCE_DB',
    database: env.COMMERCE_DB,
    seeded: ['fraud_settings', 'fraud_rules', 'fraud_rule_versions'],
  },
  { kind: 'database', name: 'ORDERS_DB', database: env.ORDERS_DB, seeded: [] },
];
