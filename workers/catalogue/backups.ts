import type { Source } from '#shared/backup/sources.ts';
import type { Env } from './env.ts';

/** What this worker keeps. The search index is not among it: it is made again from the products. */
export const sources = (env: Env): Source[] => [
  { kind: 'database', name: 'CATALOGUE_DB', database: env.CATALOGUE_DB, seeded: [] },
];
