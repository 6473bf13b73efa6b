import type { WebhookEndpointView } from '#shared/contracts/http/webhook-endpoints.ts';
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Tables of `COMMERCE_DB`; see migrations/commerce. Times are milliseconds since the epoch, amounts minor units. */
export const customerGroups = sqliteTable('customer_groups', {
  id: text().primaryKey(),
  handle: text().notNull().unique(),
  title: text().notNull(),
  version: integer().notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
});

export const customerGroupMembers = sqliteTable(
  'customer_group_members',
  {
    customerId: text('customer_id').notNull(),
    groupId: text('group_id').notNull(),
    addedAtMs: integer('added_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.groupId] })],
);

/** A directory; the truth of each is its `WebhookEndpoint` object. */
export const webhookEndpoints = sqliteTable('webhook_endpoints', {
  id: text().primaryKey(),
  url: text().notNull(),
  eventTypes: text('event_types', { mode: 'json' }).$type<string[]>().notNull(),
  description: text().notNull(),
  disabledReason: text('disabled_reason').$type<WebhookEndpointView['disabledReason']>(),
  version: integer().notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
});

export const webhookEndpointRequests = sqliteTable('webhook_endpoint_requests', {
  keyHash: text('key_hash').primaryKey(),
  fingerprint: text().notNull(),
  endpointId: text('endpoint_id').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
});
