import type { ObjectMigration } from '#objects/lib/migrations.ts';

/** Append only. */
export const PROVIDER_GOVERNOR_MIGRATIONS: readonly ObjectMigration[] = [
  {
    name: 'calendar',
    sql: 'CREATE TABLE calendar (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL);',
  },
];
