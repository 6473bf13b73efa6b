import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const JOB_RUNNER_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'job',
    sql: 'CREATE TABLE job (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, request_id TEXT NOT NULL)',
  },
];
