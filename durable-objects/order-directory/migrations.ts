import type { ObjectMigration } from '../lib/migrations.ts';

export const ORDER_DIRECTORY_MIGRATIONS: readonly ObjectMigration[] = [
  {
    name: 'known-orders',
    sql: `CREATE TABLE known_orders (id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE walk (one INTEGER PRIMARY KEY CHECK (one = 1), last_id TEXT NOT NULL);
    INSERT INTO walk VALUES (1, '');`,
  },
];
