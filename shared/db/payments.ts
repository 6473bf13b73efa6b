import { sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Inbox of verified provider events (`migrations/payments`). Times are RFC 3339 UTC. */
export const paymentEvents = sqliteTable('payment_events', {
  eventId: text('event_id').primaryKey(),
  provider: text('provider').notNull(),
  type: text('type').notNull(),
  state: text('state', { enum: ['received', 'enqueued', 'ignored'] }).notNull(),
  orderId: text('order_id'),
  paymentId: text('payment_id'),
  requestId: text('request_id').notNull(),
  occurredAt: text('occurred_at').notNull(),
  receivedAt: text('received_at').notNull(),
  enqueuedAt: text('enqueued_at'),
  body: text('body').notNull(),
});
