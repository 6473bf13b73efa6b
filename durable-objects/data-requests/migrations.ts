import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import { COMMANDS_MIGRATION } from '../lib/commands.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const DATA_REQUESTS_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  COMMANDS_MIGRATION,
  {
    name: 'requests',
    sql: `CREATE TABLE requests (
      id TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      due_at INTEGER,
      is_told INTEGER NOT NULL,
      document TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX requests_by_due ON requests (due_at) WHERE due_at IS NOT NULL;`,
  },
];
