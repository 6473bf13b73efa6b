import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const LOGIN_GUARD_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'buckets',
    sql: `CREATE TABLE buckets (
      name TEXT PRIMARY KEY,
      attempts INTEGER NOT NULL,
      window_started_at INTEGER NOT NULL,
      level INTEGER NOT NULL,
      refused_until INTEGER NOT NULL,
      last_attempt_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE trusted (source TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    name: 'failures',
    sql: `CREATE TABLE failures (subject TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE signals (name TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    name: 'spent',
    sql: `CREATE TABLE spent (id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX spent_by_end ON spent (until);`,
  },
];
