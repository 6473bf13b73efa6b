import type { ObjectMigration } from '../lib/migrations.ts';

export const WEBHOOK_REFUSALS_MIGRATIONS: readonly ObjectMigration[] = [
  {
    name: 'refusals',
    sql: `CREATE TABLE refusals (minute TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY (minute, reason)) WITHOUT ROWID`,
  },
];
