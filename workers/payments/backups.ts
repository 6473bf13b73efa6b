import type { Source } from '#shared/backup/sources.ts';
import type { Env } from './env.ts';

/** What this worker keeps. */
export const sources = (env: Env): Source[] => [
  { kind: 'database', name: 'PAYMENTS_DB', database: env.PAYMENTS_DB, seeded: [] },
];
