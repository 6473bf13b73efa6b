import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { ObjectMigration } from '../lib/migrations.ts';

export const GIFT_CARD_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'gift card',
    sql: `CREATE TABLE card (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      card_id TEXT NOT NULL,
      currency TEXT,
      code_key TEXT,
      balance INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0),
      held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
      valid_days INTEGER,
      active_at INTEGER,
      expires_at INTEGER,
      withdrawn_at INTEGER,
      shut_by_order INTEGER NOT NULL DEFAULT 0 CHECK (shut_by_order IN (0, 1)),
      order_round INTEGER NOT NULL DEFAULT 0,
      shut_by_staff INTEGER NOT NULL DEFAULT 0 CHECK (shut_by_staff IN (0, 1)),
      recipient TEXT,
      version INTEGER NOT NULL DEFAULT 0,
      told INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE entries (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      key TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      amount INTEGER NOT NULL,
      payment_id TEXT,
      order_id TEXT,
      by_id TEXT,
      reason TEXT NOT NULL,
      at INTEGER NOT NULL
    );
    CREATE INDEX entries_of_payment ON entries (payment_id) WHERE payment_id IS NOT NULL;
    CREATE TABLE payments (
      payment_id TEXT PRIMARY KEY,
      order_id TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      amount INTEGER NOT NULL CHECK (amount >= 0),
      captured INTEGER NOT NULL DEFAULT 0 CHECK (captured >= 0),
      released INTEGER NOT NULL DEFAULT 0 CHECK (released >= 0),
      refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded >= 0 AND refunded <= captured),
      CHECK (captured + released <= amount)
    ) WITHOUT ROWID;`,
  },
  {
    name: 'payments told to the ledger',
    sql: `ALTER TABLE payments ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE payments ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE payments ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX payments_to_tell ON payments (payment_id) WHERE told < revision AND amount > 0;`,
  },
];
