import { and, asc, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { downloads, entitlements, instanceIndex, instanceLabels, instances } from '#shared/db/store.ts';
import type { InstanceState } from '../instance-states.ts';
import { LISTED } from './instances.ts';
import type { ShipmentRow } from './shipments.ts';

/** What happened to an instance, as a document shows it. */
export interface HistoryRow {
  at: number;
  type: string;
  text: string;
}
const HISTORY_MAX = 50;

/** Newest first. */
const history = sql<HistoryRow[]>`(SELECT json_group_array(json_object('at', at, 'type', type, 'text', text))
  FROM (SELECT at, type, text FROM instance_history WHERE instance_id = ${instances.id}
    ORDER BY sequence DESC LIMIT ${sql.raw(String(HISTORY_MAX))}))`.mapWith(
  (text: string) => JSON.parse(text) as HistoryRow[],
);

/** What of it was sent, parcel by parcel. */
export type ParcelRow = Pick<
  ShipmentRow,
  | 'parcel'
  | 'state'
  | 'carrier'
  | 'trackingCode'
  | 'trackingUrl'
  | 'items'
  | 'shippedAt'
  | 'deliveredAt'
  | 'updatedAt'
>;
const parcels = sql<ParcelRow[]>`(SELECT json_group_array(json_object('parcel', parcel, 'state', state,
    'carrier', carrier, 'trackingCode', tracking_code, 'trackingUrl', tracking_url, 'items', json(items),
    'shippedAt', shipped_at, 'deliveredAt', delivered_at, 'updatedAt', updated_at))
  FROM (SELECT * FROM shipments WHERE instance_id = ${instances.id} ORDER BY operation_id, parcel))`.mapWith(
  (text: string) => JSON.parse(text) as ParcelRow[],
);

export interface DocumentFilter {
  customerId?: string | undefined;
  productId?: string | undefined;
  orderId?: string | undefined;
  state?: InstanceState | undefined;
  tag?: string | undefined;
  attribute?: { name: string; value: string } | undefined;
  /** Of the end of what is owned, milliseconds since the epoch. With either of them the earliest end comes first. */
  endsFrom?: number | undefined;
  endsBefore?: number | undefined;
  /** Keyset: after this one; `at` is the end, where it is by that. */
  after?: { id: string; at: number | null } | undefined;
  limit: number;
}

/** Is the list in the order of ends? */
export const isByEnd = ({ endsFrom, endsBefore }: DocumentFilter): boolean =>
  endsFrom !== undefined || endsBefore !== undefined;

export const documentQueries = (database: D1Database) => ({
  /** Everything that is known of an instance. */
  async get(id: string) {
    const row = await drizzle(database)
      .select({
        instance: instances,
        download: downloads,
        entitlements,
        labels: instanceLabels,
        history,
        parcels,
      })
      .from(instances)
      .leftJoin(downloads, eq(downloads.instanceId, instances.id))
      .leftJoin(entitlements, eq(entitlements.instanceId, instances.id))
      .leftJoin(instanceLabels, eq(instanceLabels.instanceId, instances.id))
      .where(eq(instances.id, id))
      .get();
    return row ?? null;
  },

  /** Newest first, or the earliest end first. */
  async list(filter: DocumentFilter) {
    const byEnd = isByEnd(filter);
    const end = entitlements.expiresAt;
    return drizzle(database)
      .select({
        ...LISTED,
        tags: instanceLabels.tags,
        metadata: instanceLabels.metadata,
        startsAt: entitlements.startsAt,
        expiresAt: entitlements.expiresAt,
        document: entitlements.document,
      })
      .from(instances)
      .leftJoin(entitlements, eq(entitlements.instanceId, instances.id))
      .leftJoin(instanceLabels, eq(instanceLabels.instanceId, instances.id))
      .where(and(...conditions(filter)))
      .orderBy(...(byEnd ? [asc(end), asc(entitlements.instanceId)] : [desc(instances.id)]))
      .limit(filter.limit);
  },

  /**
   * Writes tags or metadata, if `version` is still the one (null: whichever); what is left out stays. Without a row the
   * version is 1. Answers with the version written; null: another is there, or no such instance.
   */
  async label(
    id: string,
    change: { tags?: readonly string[] | undefined; metadata?: Record<string, string> | undefined },
    { version, now }: { version: number | null; now: number },
  ): Promise<number | null> {
    const [tags, metadata] = [change.tags, change.metadata].map((value) =>
      value === undefined ? null : JSON.stringify(value),
    );
    const [written] = await database.batch<{ version: number }>([
      database
        .prepare(
          `INSERT INTO instance_labels (instance_id, customer_id, tags, metadata, version, updated_at)
           SELECT id, customer_id, COALESCE(?2, '[]'), COALESCE(?3, '{}'), 2, ?4 FROM instances
           WHERE id = ?1 AND (?5 IS NULL
             OR ?5 = COALESCE((SELECT version FROM instance_labels WHERE instance_id = ?1), 1))
           ON CONFLICT (instance_id) DO UPDATE SET tags = COALESCE(?2, instance_labels.tags),
             metadata = COALESCE(?3, instance_labels.metadata), version = instance_labels.version + 1,
             updated_at = excluded.updated_at
           RETURNING version`,
        )
        .bind(id, tags ?? null, metadata ?? null, now, version),
      database.prepare(`DELETE FROM instance_index WHERE instance_id = ? AND name = 'tag'`).bind(id),
      database
        .prepare(
          `INSERT INTO instance_index (instance_id, customer_id, name, value)
           SELECT instance_id, customer_id, 'tag', value FROM instance_labels, json_each(tags) WHERE instance_id = ?
           ON CONFLICT DO NOTHING`,
        )
        .bind(id),
    ]);
    return written?.results[0]?.version ?? null;
  },
});

/** What the query planner goes by is first: one customer, one value of the index, a range of ends, a product, a state. */
function conditions(filter: DocumentFilter): SQL[] {
  const { customerId, productId, orderId, state, tag, attribute, after } = filter;
  const isIndexed = (name: string, value: string): SQL =>
    sql`${instances.id} IN (SELECT instance_id FROM ${instanceIndex} WHERE name = ${name} AND value = ${value}
      ${customerId === undefined ? sql`` : sql`AND customer_id = ${customerId}`})`;
  const found: (SQL | null)[] = [
    customerId === undefined ? null : eq(instances.customerId, customerId),
    tag === undefined ? null : isIndexed('tag', tag),
    attribute === undefined ? null : isIndexed(`attribute.${attribute.name}`, attribute.value),
    productId === undefined ? null : eq(instances.productId, productId),
    orderId === undefined ? null : eq(instances.orderId, orderId),
    state === undefined ? null : eq(instances.state, state),
  ];
  if (isByEnd(filter)) {
    const { endsFrom = 0, endsBefore = Number.MAX_SAFE_INTEGER } = filter;
    found.push(
      customerId === undefined ? null : eq(entitlements.customerId, customerId),
      gte(entitlements.expiresAt, endsFrom),
      lt(entitlements.expiresAt, endsBefore),
      after === undefined
        ? null
        : sql`(${entitlements.expiresAt}, ${entitlements.instanceId}) > (${after.at ?? 0}, ${after.id})`,
    );
  } else if (after !== undefined) found.push(lt(instances.id, after.id));
  return found.filter((condition) => condition !== null);
}
