import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { GUESSING_SIGNALS } from '#shared/contracts/http/guessing.ts';

/** Access tokens that count no more before their end (migrations/auth/0009_revocations.sql). Epoch seconds. */
export const revocations = sqliteTable(
  'revocations',
  { subject: text().primaryKey(), before: integer().notNull() },
  (table) => [index('revocations_by_time').on(table.before)],
);

/** Signs of guessing (migrations/auth/0008_guarding.sql). Epoch milliseconds. */
export const guessingSignals = sqliteTable(
  'guessing_signals',
  {
    id: text().primaryKey(),
    kind: text({ enum: GUESSING_SIGNALS }).notNull(),
    accountId: text('account_id'),
    network: text().notNull(),
    at: integer().notNull(),
  },
  (table) => [index('guessing_signals_by_time').on(table.at)],
);
