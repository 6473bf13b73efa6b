import type { shipments } from '#shared/db/store.ts';

export type ShipmentRow = typeof shipments.$inferSelect;
export type ToldShipment = Omit<ShipmentRow, 'updatedAt'> & {
  /** For the history of its instance. */ text: string;
};

export const shipmentQueries = (database: D1Database) => ({
  /** Keeps what the partner tells, unless something newer is known. What is new of it stands in the instance's history. */
  async keep(told: readonly ToldShipment[], now: number): Promise<void> {
    if (told.length === 0) return;
    await database.batch(
      told.flatMap((each) => {
        const items = JSON.stringify(each.items);
        return [
          database
            .prepare(
              `INSERT INTO instance_history (instance_id, sequence, at, type, text)
               SELECT ?1, COALESCE(MAX(sequence), 0) + 1, ?2, 'shipment.' || ?3, ?4 FROM instance_history
               WHERE instance_id = ?1
               HAVING NOT EXISTS (SELECT 1 FROM shipments WHERE operation_id = ?5 AND parcel = ?6
                 AND (version >= ?7 OR (state = ?3 AND items = ?8)))`,
            )
            .bind(
              each.instanceId,
              now,
              each.state,
              each.text,
              each.operationId,
              each.parcel,
              each.version,
              items,
            ),
          database
            .prepare(
              `INSERT INTO shipments (operation_id, parcel, instance_id, version, state, carrier, tracking_code,
                 tracking_url, items, shipped_at, delivered_at, updated_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
               ON CONFLICT (operation_id, parcel) DO UPDATE SET version = excluded.version, state = excluded.state,
                 carrier = excluded.carrier, tracking_code = excluded.tracking_code,
                 tracking_url = excluded.tracking_url, items = excluded.items,
                 shipped_at = COALESCE(excluded.shipped_at, shipments.shipped_at),
                 delivered_at = COALESCE(excluded.delivered_at, shipments.delivered_at),
                 updated_at = excluded.updated_at
               WHERE excluded.version > shipments.version`,
            )
            .bind(
              each.operationId,
              each.parcel,
              each.instanceId,
              each.version,
              each.state,
              each.carrier,
              each.trackingCode,
              each.trackingUrl,
              items,
              each.shippedAt,
              each.deliveredAt,
              now,
            ),
        ];
      }),
    );
  },
});
