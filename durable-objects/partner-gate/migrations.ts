import type { ObjectMigration } from '#objects/lib/migrations.ts';

/** Append only. */
export const PARTNER_GATE_MIGRATIONS: readonly ObjectMigration[] = [
  {
    name: 'gate',
    sql: 'CREATE TABLE gate (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL);',
  },
];
