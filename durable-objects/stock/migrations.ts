import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';
import { OUTBOX_MIGRATION } from '../lib/outbox.ts';

export const STOCK_MIGRATIONS: readonly ObjectMigration[] = [
  OUTBOX_MIGRATION,
  ALARMS_MIGRATION,
  {
    name: 'stock',
    sql: `CREATE TABLE level (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      sku TEXT NOT NULL,
      on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
      held INTEGER NOT NULL CHECK (held >= 0),
      sequence INTEGER NOT NULL,
      declared_sequence INTEGER NOT NULL,
      announcing INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE holds (
      order_id TEXT NOT NULL,
      line_id TEXT NOT NULL,
      quantity INTEGER NOT NULL CHECK (quantity > 0),
      state TEXT NOT NULL CHECK (state IN ('held', 'expired', 'committed', 'released', 'returned')),
      expires_at INTEGER NOT NULL,
      changed_at INTEGER NOT NULL,
      PRIMARY KEY (order_id, line_id)
    ) WITHOUT ROWID;
    CREATE INDEX holds_expiring ON holds (expires_at) WHERE state = 'held';
    CREATE INDEX holds_ended ON holds (changed_at) WHERE state IN ('expired', 'released', 'returned');
    CREATE TABLE closed_orders (order_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
];
