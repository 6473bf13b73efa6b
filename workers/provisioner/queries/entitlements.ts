import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { entitlements, instances, licenceKeys } from '#shared/db/store.ts';
import { attributesOf, type Entitlements, entitlementsOf } from '#shared/domain/entitlements.ts';
import { fulfilmentSchema } from '#shared/domain/product.ts';
import { DAY_MS } from '#shared/time/time.ts';

/** What an instance entitles to, and by which of its attributes it is looked for. */
export interface Owned {
  entitlements: Entitlements;
  attributes: Record<string, string>;
}

export const NOTHING_OWNED: Owned = { entitlements: entitlementsOf({}, null), attributes: {} };

/** With a new instance: nothing, unless this transition made it. */
export function openEntitlements(
  database: D1Database,
  row: { id: string; customerId: string; quantity: number; createdAt: number },
  { entitlements: document, attributes }: Owned,
  transition: string,
): D1PreparedStatement[] {
  const isNew = 'WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?1 AND transition = ?2)';
  return [
    database
      .prepare(
        `INSERT INTO entitlements (instance_id, customer_id, document, units, revision, updated_at)
         SELECT ?1, ?3, ?4, ?5, 1, ?6 ${isNew} ON CONFLICT DO NOTHING`,
      )
      .bind(row.id, transition, row.customerId, JSON.stringify(document), row.quantity, row.createdAt),
    ...(Object.keys(attributes).length === 0
      ? []
      : [
          database
            .prepare(
              `INSERT INTO instance_index (instance_id, customer_id, name, value)
               SELECT ?1, ?3, 'attribute.' || key, value FROM json_each(?4) ${isNew} ON CONFLICT DO NOTHING`,
            )
            .bind(row.id, transition, row.customerId, JSON.stringify(attributes)),
        ]),
  ];
}

/** With the activation of an instance: from now on, for as long as they say, or until somebody else ends it. */
export const startEntitlements = (
  database: D1Database,
  start: { id: string; activatedAt: number; endsAt: number | null; transition: string },
): D1PreparedStatement =>
  database
    .prepare(
      `UPDATE entitlements SET starts_at = ?1, updated_at = ?1,
         expires_at = COALESCE(?2, ?1 + json_extract(document, '$.validDays') * ${DAY_MS})
       WHERE instance_id = ?3 AND starts_at IS NULL
         AND EXISTS (SELECT 1 FROM instances WHERE id = ?3 AND transition = ?4)`,
    )
    .bind(start.activatedAt, start.endsAt, start.id, start.transition);

/**
 * With another plan of an instance, only if `condition` holds: what the new one states, and seats and days of its fulfilment;
 * where it states nothing the rest stays. What is counted goes on.
 */
export function replanEntitlements(
  database: D1Database,
  instanceId: string,
  terms: { fulfilment: unknown; customisation: Record<string, unknown> },
  condition: { sql: string; values: readonly string[] },
): D1PreparedStatement[] {
  const parsed = fulfilmentSchema.safeParse(terms.fulfilment);
  if (!parsed.success) return [];
  const owned = entitlementsOf(parsed.data, null);
  const isStated = parsed.data.entitlements !== undefined;
  return [
    database
      .prepare(
        `UPDATE entitlements SET revision = revision + 1, document = COALESCE(?, json_set(document,
           '$.seats', COALESCE(?, json_extract(document, '$.seats')), '$.validDays', ?))
         WHERE instance_id = ? AND ${condition.sql}`,
      )
      .bind(
        isStated ? JSON.stringify(owned) : null,
        owned.seats,
        owned.validDays,
        instanceId,
        ...condition.values,
      ),
    database
      .prepare(
        `DELETE FROM instance_index WHERE instance_id = ? AND name LIKE 'attribute.%' AND ${condition.sql}`,
      )
      .bind(instanceId, ...condition.values),
    database
      .prepare(
        `INSERT INTO instance_index (instance_id, customer_id, name, value)
         SELECT instances.id, instances.customer_id, 'attribute.' || key, value FROM instances, json_each(?)
         WHERE instances.id = ? AND ${condition.sql} ON CONFLICT DO NOTHING`,
      )
      .bind(JSON.stringify(attributesOf(parsed.data, terms.customisation)), instanceId, ...condition.values),
  ];
}

/** Everything a check of a licence goes by, but who uses it. */
const LICENCE = {
  instanceId: instances.id,
  customerId: instances.customerId,
  productId: instances.productId,
  variantId: instances.variantId,
  sku: instances.sku,
  title: instances.title,
  state: instances.state,
  document: entitlements.document,
  units: entitlements.units,
  revision: entitlements.revision,
  startsAt: entitlements.startsAt,
  expiresAt: entitlements.expiresAt,
  usedAt: entitlements.usedAt,
};

export const entitlementQueries = (database: D1Database) => ({
  /** By the SHA-256 of a key. */
  async ofKey(fingerprint: string): Promise<LicenceRow | null> {
    const [row] = await drizzle(database)
      .select({
        ...LICENCE,
        unit: licenceKeys.position,
        revokedAt: licenceKeys.revokedAt,
        suspendedAt: licenceKeys.suspendedAt,
      })
      .from(licenceKeys)
      .innerJoin(instances, eq(instances.id, licenceKeys.instanceId))
      .innerJoin(entitlements, eq(entitlements.instanceId, licenceKeys.instanceId))
      .where(eq(licenceKeys.fingerprint, fingerprint))
      .limit(1);
    return row ?? null;
  },

  /** All keys of it together: `unit` is null. */
  async ofInstance(id: string): Promise<LicenceRow | null> {
    const [row] = await drizzle(database)
      .select(LICENCE)
      .from(instances)
      .innerJoin(entitlements, eq(entitlements.instanceId, instances.id))
      .where(eq(instances.id, id))
      .limit(1);
    return row === undefined ? null : { ...row, unit: null, revokedAt: null, suspendedAt: null };
  },

  /** Before somebody uses it for the first time. Safe to repeat. */
  async markUsed(id: string, at: number): Promise<void> {
    await database
      .prepare('UPDATE entitlements SET used_at = ?2 WHERE instance_id = ?1 AND used_at IS NULL')
      .bind(id, at)
      .run();
  },

  /** Instances that were used, after one, in their order. */
  async usedAfter(id: string, limit: number): Promise<string[]> {
    const { results } = await database
      .prepare(
        `SELECT instance_id AS id FROM entitlements WHERE used_at IS NOT NULL AND instance_id > ?
         ORDER BY instance_id LIMIT ?`,
      )
      .bind(id, limit)
      .all<{ id: string }>();
    return results.map((row) => row.id);
  },
});

export interface LicenceRow {
  instanceId: string;
  customerId: string;
  productId: string;
  variantId: string;
  sku: string;
  title: string;
  state: typeof instances.$inferSelect.state;
  document: Entitlements;
  units: number;
  revision: number;
  startsAt: number | null;
  expiresAt: number | null;
  /** Null: nobody has used it. */
  usedAt: number | null;
  /** Which key of it was asked by; null: none. */
  unit: number | null;
  revokedAt: number | null;
  suspendedAt: number | null;
}
