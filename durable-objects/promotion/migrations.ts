import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const PROMOTION_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'promotion',
    sql: `CREATE TABLE uses (
      order_id TEXT PRIMARY KEY,
      customer_id TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('claimed', 'used_up', 'used_up_by_customer', 'returned')),
      changed_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX uses_of_customer ON uses (customer_id) WHERE state = 'claimed';
    CREATE INDEX uses_ended ON uses (changed_at) WHERE state <> 'claimed';
    CREATE TABLE counter (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      used INTEGER NOT NULL CHECK (used >= 0)
    );
    INSERT INTO counter VALUES (1, 0);`,
  },
];
