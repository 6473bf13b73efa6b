import type { Source } from '#shared/backup/sources.ts';
import { storeDatabases } from '#shared/db/store-databases.ts';
import type { Env } from './env.ts';

/** What this worker keeps: every database of the Product Store that the configuration binds. */
export const sources = (env: Env): Source[] =>
  [...storeDatabases(env)].map(([name, database]) => ({
    kind: 'database' as const,
    name,
    database,
    seeded: ['templates', 'template_versions'],
  }));
