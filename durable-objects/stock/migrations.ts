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
  {
    name: 'locations, backorder, shards and the ledger',
    sql: `ALTER TABLE level ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE level ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
    CREATE TABLE locations (
      code TEXT PRIMARY KEY,
      priority INTEGER NOT NULL,
      on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
      held INTEGER NOT NULL CHECK (held >= 0)
    ) WITHOUT ROWID;
    INSERT INTO locations SELECT 'main', 0, on_hand, held FROM level;
    ALTER TABLE holds ADD COLUMN taken TEXT;
    ALTER TABLE holds ADD COLUMN queued INTEGER;
    UPDATE holds SET taken = iif(state IN ('held', 'committed'), json_object('main', quantity), '{}');
    CREATE INDEX holds_waiting ON holds (queued) WHERE queued IS NOT NULL;
    CREATE TABLE movements (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      type TEXT NOT NULL,
      location TEXT NOT NULL,
      on_hand INTEGER NOT NULL,
      held INTEGER NOT NULL,
      order_id TEXT,
      line_id TEXT,
      actor TEXT NOT NULL,
      reason TEXT,
      request_id TEXT NOT NULL
    );
    CREATE TRIGGER movements_append_only BEFORE UPDATE ON movements
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TABLE commands (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE shards (
      shard INTEGER PRIMARY KEY,
      granted TEXT NOT NULL,
      returned TEXT NOT NULL,
      term INTEGER NOT NULL,
      keeps INTEGER NOT NULL,
      report TEXT NOT NULL
    );
    CREATE TABLE lease (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      shard INTEGER NOT NULL,
      granted TEXT NOT NULL,
      returned TEXT NOT NULL,
      term INTEGER NOT NULL,
      keeps INTEGER NOT NULL,
      reports INTEGER NOT NULL
    );
    CREATE TABLE forwarded (order_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    name: 'what came back from orders',
    sql: 'CREATE TABLE came_back (reference TEXT PRIMARY KEY, quantity INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;',
  },
];
