import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const SHARD_MOVER_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'moves',
    sql: `CREATE TABLE moves (id TEXT PRIMARY KEY, shard INTEGER NOT NULL, is_over INTEGER NOT NULL,
        cancel_asked INTEGER NOT NULL DEFAULT 0, document TEXT NOT NULL)
        WITHOUT ROWID;
      CREATE INDEX moves_under_way ON moves (is_over, id);
      CREATE TABLE epochs (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL);
      INSERT INTO epochs VALUES (1, 0);`,
  },
  {
    name: 'hold',
    sql: 'CREATE TABLE hold (one INTEGER PRIMARY KEY CHECK (one = 1), run TEXT NOT NULL, until INTEGER NOT NULL)',
  },
];
