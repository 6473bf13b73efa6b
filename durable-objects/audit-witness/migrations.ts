import type { ObjectMigration } from '../lib/migrations.ts';

export const AUDIT_WITNESS_MIGRATIONS: readonly ObjectMigration[] = [
  {
    name: 'heads',
    sql: `CREATE TABLE heads (
      sequence INTEGER PRIMARY KEY,
      hash TEXT NOT NULL,
      at INTEGER NOT NULL,
      signed TEXT NOT NULL
    );
    CREATE TABLE keys (kid TEXT PRIMARY KEY, x TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
];
