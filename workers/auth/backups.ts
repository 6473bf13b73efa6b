import type { Source } from '#shared/backup/sources.ts';
import type { Env } from './env.ts';

/** What this worker keeps. Its objects count tries and witness the audit log: they begin anew. */
export const sources = (env: Env): Source[] => [
  { kind: 'database', name: 'AUTH_DB', database: env.AUTH_DB, seeded: [] },
];
