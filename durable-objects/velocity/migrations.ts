import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const VELOCITY_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'velocity',
    sql: `CREATE TABLE counted (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      order_id TEXT NOT NULL UNIQUE,
      at INTEGER NOT NULL
    );
    CREATE INDEX counted_at ON counted (at);`,
  },
];
