import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Requests about one's data (migrations/auth/0012_data_requests.sql). Epoch milliseconds. */
export const dataRequests = sqliteTable(
  'data_requests',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    kind: text({ enum: ['export', 'erasure'] }).notNull(),
    state: text().notNull(),
    askedBy: text('asked_by').notNull(),
    askedAt: integer('asked_at').notNull(),
    error: text(),
    endedAt: integer('ended_at'),
  },
  (table) => [
    index('data_requests_by_state').on(table.state, table.id),
    index('data_requests_by_end').on(table.endedAt),
  ],
);

export const erasures = sqliteTable('erasures', {
  accountId: text('account_id').primaryKey(),
  begunAt: integer('begun_at').notNull(),
  doneAt: integer('done_at'),
});
