import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const CART_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'cart',
    sql: `CREATE TABLE cart_document (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL);
    CREATE TABLE added_lines (
      key TEXT PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      line_id TEXT NOT NULL,
      at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE checkouts (
      key TEXT PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      order_id TEXT NOT NULL UNIQUE,
      placing TEXT NOT NULL,
      at INTEGER NOT NULL
    ) WITHOUT ROWID;`,
  },
];
