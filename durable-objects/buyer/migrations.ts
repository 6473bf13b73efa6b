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
  {
    name: 'allowances',
    sql: `CREATE TABLE allowances (
      order_id TEXT NOT NULL,
      use_id TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('claimed', 'refused', 'returned')),
      scope TEXT NOT NULL,
      room INTEGER NOT NULL,
      changed_at INTEGER NOT NULL,
      PRIMARY KEY (order_id, use_id)
    ) WITHOUT ROWID;
    CREATE INDEX allowances_ended ON allowances (changed_at) WHERE state <> 'claimed';
    CREATE TABLE purchases (
      order_id TEXT NOT NULL,
      use_id TEXT NOT NULL,
      scope TEXT NOT NULL,
      quantity INTEGER NOT NULL CHECK (quantity > 0),
      claimed_at INTEGER NOT NULL,
      PRIMARY KEY (scope, order_id, use_id)
    ) WITHOUT ROWID;
    CREATE INDEX purchases_of_order ON purchases (order_id, use_id);`,
  },
  {
    name: 'carts',
    sql: `CREATE TABLE carts (cart_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX carts_by_age ON carts (at);
    INSERT INTO carts SELECT cart_id, 0 FROM current_cart;`,
  },
];
