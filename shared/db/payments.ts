import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Inbox of verified provider events (`migrations/payments`). Times are RFC 3339 UTC. */
export const paymentEvents = sqliteTable('payment_events', {
  eventId: text('event_id').primaryKey(),
  provider: text('provider').notNull(),
  type: text('type').notNull(),
  state: text('state', {
    enum: ['received', 'enqueued', 'handled', 'failed', 'ignored', 'unmatched'],
  }).notNull(),
  orderId: text('order_id'),
  paymentId: text('payment_id'),
  chargeId: text('charge_id'),
  requestId: text('request_id').notNull(),
  occurredAt: text('occurred_at').notNull(),
  receivedAt: text('received_at').notNull(),
  enqueuedAt: text('enqueued_at'),
  settledAt: text('settled_at'),
  lookedUpAt: text('looked_up_at'),
  attempts: integer('attempts').notNull(),
  /** Separated by spaces. */
  flags: text('flags').notNull(),
  detail: text('detail'),
  bodyDigest: text('body_digest'),
  body: text('body').notNull(),
  /** The customer at the provider whom it tells of. */
  account: text('account'),
});

/** Whom a provider knows one of our customers as; null: he was asked for and no answer was written down. */
export const providerCustomers = sqliteTable('provider_customers', {
  provider: text('provider').notNull(),
  customerId: text('customer_id').notNull(),
  account: text('account'),
  generation: integer('generation').notNull(),
  askedAt: text('asked_at').notNull(),
});
