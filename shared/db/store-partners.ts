import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { ShipmentItem, ShipmentState } from '#shared/contracts/http/shipments.ts';

/** Parcels of a fulfilment order at a partner, as the partner tells of them. */
export const shipments = sqliteTable(
  'shipments',
  {
    operationId: text('operation_id').notNull(),
    /** The partner's own id. */
    parcel: text().notNull(),
    instanceId: text('instance_id').notNull(),
    /** Of the partner's order: of two tellings the greater counts. */
    version: integer().notNull(),
    state: text().notNull().$type<ShipmentState>(),
    carrier: text(),
    trackingCode: text('tracking_code'),
    trackingUrl: text('tracking_url'),
    items: text({ mode: 'json' }).notNull().$type<ShipmentItem[]>(),
    shippedAt: integer('shipped_at'),
    deliveredAt: integer('delivered_at'),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.operationId, table.parcel] }),
    index('shipments_by_instance').on(table.instanceId, table.operationId, table.parcel),
  ],
);

/** Messages for partners who fetch them, over all customers. */
export const partnerMessages = sqliteTable(
  'partner_messages',
  {
    id: text().primaryKey(),
    connection: text().notNull(),
    topic: text().notNull(),
    /** The message whose effect its partner is to undo. */
    cancels: text(),
    /** Null: it was acknowledged, or taken back. */
    sealedBody: text('sealed_body'),
    leasedUntil: integer('leased_until').notNull().default(0),
    deliveries: integer().notNull().default(0),
    acknowledgedAt: integer('acknowledged_at'),
    withdrawnAt: integer('withdrawn_at'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('partner_messages_waiting').on(table.connection, table.createdAt, table.id)],
);
