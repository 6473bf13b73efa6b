import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Entitlements } from '#shared/domain/entitlements.ts';

/** What an instance entitles to (`STORE_DB`). */
export const entitlements = sqliteTable(
  'entitlements',
  {
    instanceId: text('instance_id').primaryKey(),
    customerId: text('customer_id').notNull(),
    /** Of one unit. */
    document: text({ mode: 'json' }).notNull().$type<Entitlements>(),
    units: integer().notNull(),
    /** Grows with each change of what is counted. */
    revision: integer().notNull(),
    /** Null: not yet. */
    startsAt: integer('starts_at'),
    /** Null: never, or it has not started. */
    expiresAt: integer('expires_at'),
    updatedAt: integer('updated_at').notNull(),
    /** Since when its `InstanceUse` object keeps something; null: nobody has used it. */
    usedAt: integer('used_at'),
  },
  (table) => [
    index('entitlements_of_customer').on(table.customerId, table.expiresAt, table.instanceId),
    index('entitlements_by_expiry').on(table.expiresAt, table.instanceId),
    index('entitlements_used')
      .on(table.instanceId)
      .where(sql`used_at IS NOT NULL`),
  ],
);

/** By what else instances are looked for: `tag`, and `attribute.<name>` of their configuration. */
export const instanceIndex = sqliteTable(
  'instance_index',
  {
    instanceId: text('instance_id').notNull(),
    customerId: text('customer_id').notNull(),
    name: text().notNull(),
    value: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.instanceId, table.name, table.value] }),
    index('instance_index_of_customer').on(table.customerId, table.name, table.value, table.instanceId),
    index('instance_index_by_value').on(table.name, table.value, table.instanceId),
  ],
);

/** What its owner and staff write on an instance; no row: nothing. */
export const instanceLabels = sqliteTable('instance_labels', {
  instanceId: text('instance_id').primaryKey(),
  customerId: text('customer_id').notNull(),
  tags: text({ mode: 'json' }).notNull().$type<string[]>(),
  metadata: text({ mode: 'json' }).notNull().$type<Record<string, string>>(),
  version: integer().notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Append-only: who saw the credentials of an instance. */
export const credentialReveals = sqliteTable(
  'credential_reveals',
  {
    id: text().primaryKey(),
    instanceId: text('instance_id').notNull(),
    customerId: text('customer_id').notNull(),
    /** Names which credentials they were; new ones can be seen once anew. */
    credentials: text().notNull(),
    by: text('by_id').notNull(),
    /** Whether who saw them had just shown who they are. */
    wasFresh: integer('was_fresh', { mode: 'boolean' }).notNull(),
    requestId: text('request_id').notNull(),
    at: integer().notNull(),
  },
  (table) => [index('credential_reveals_of_instance').on(table.instanceId, table.credentials)],
);
