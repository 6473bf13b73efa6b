import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const BUYER_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'claims',
    sql: `CREATE TABLE claims (
      key TEXT PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      order_id TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX claims_expiring ON claims (expires_at);`,
  },
  {
    name: 'current-cart',
    sql: 'CREATE TABLE current_cart (id INTEGER PRIMARY KEY CHECK (id = 1), cart_id TEXT NOT NULL)',
  },
];
