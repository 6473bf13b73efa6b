import { and, asc, eq, gt, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { brokerCatalogues, brokerPlans } from '#shared/db/store.ts';
import type { PlanChange } from '../connectors/broker/catalogue.ts';
import { appendNotices, type Notice } from './notices.ts';

export type BrokerPlanRow = typeof brokerPlans.$inferSelect;
export type BrokerCatalogueRow = typeof brokerCatalogues.$inferSelect;

/** Catalogues of brokers, as they were last read. */
export const brokerPlanQueries = (database: D1Database) => ({
  async plan(connection: string, planId: string): Promise<BrokerPlanRow | null> {
    const row = await drizzle(database)
      .select()
      .from(brokerPlans)
      .where(and(eq(brokerPlans.connection, connection), eq(brokerPlans.planId, planId)))
      .get();
    return row ?? null;
  },

  /** Plans after `after`, and how the catalogue itself stands. */
  async page(connection: string, after: string, limit: number) {
    const db = drizzle(database);
    const [[catalogue], plans] = await db.batch([
      db.select().from(brokerCatalogues).where(eq(brokerCatalogues.connection, connection)),
      db
        .select()
        .from(brokerPlans)
        .where(and(eq(brokerPlans.connection, connection), gt(brokerPlans.planId, after)))
        .orderBy(asc(brokerPlans.planId))
        .limit(limit),
    ]);
    return { catalogue: catalogue ?? null, plans };
  },

  async catalogue(connection: string): Promise<BrokerCatalogueRow | null> {
    const row = await drizzle(database)
      .select()
      .from(brokerCatalogues)
      .where(eq(brokerCatalogues.connection, connection))
      .get();
    return row ?? null;
  },

  all(connection: string): Promise<BrokerPlanRow[]> {
    return drizzle(database).select().from(brokerPlans).where(eq(brokerPlans.connection, connection));
  },

  /** Has a catalogue read at `dueAt`; null: never again by itself. */
  async schedule(connection: string, dueAt: number | null): Promise<void> {
    await database
      .prepare(
        `INSERT INTO broker_catalogues (connection, version, due_at) VALUES (?1, 0, ?2)
         ON CONFLICT (connection) DO UPDATE SET due_at = ?2`,
      )
      .bind(connection, dueAt)
      .run();
  },

  /** Takes what is due, until `until`: of two sweeps one reads a catalogue. */
  async takeDue(now: number, until: number, limit: number): Promise<string[]> {
    const due = drizzle(database)
      .select({ connection: brokerCatalogues.connection })
      .from(brokerCatalogues)
      .where(lte(brokerCatalogues.dueAt, now))
      .limit(limit);
    const taken = await Promise.all(
      (await due).map(({ connection }) =>
        database
          .prepare('UPDATE broker_catalogues SET due_at = ?1 WHERE connection = ?2 AND due_at <= ?3')
          .bind(until, connection, now)
          .run()
          .then(({ meta }) => (meta.changes > 0 ? [connection] : [])),
      ),
    );
    return taken.flat();
  },

  /** Nothing changed, or it could not be read: `error` says why. */
  async tried(connection: string, at: { syncedAt: number | null; error: string | null; dueAt: number }) {
    await database
      .prepare(
        `UPDATE broker_catalogues SET synced_at = COALESCE(?2, synced_at), error = ?3, due_at = ?4 WHERE connection = ?1`,
      )
      .bind(connection, at.syncedAt, at.error, at.dueAt)
      .run();
  },

  /** Keeps what changed and tells it, both or neither, unless another reading was first. */
  async change(
    connection: string,
    reading: { after: number; etag: string | null; now: number; dueAt: number },
    changes: readonly PlanChange[],
    notices: readonly Notice[],
  ): Promise<boolean> {
    const isOurs = `EXISTS (SELECT 1 FROM broker_catalogues WHERE connection = ?1 AND version = ?2)`;
    const version = reading.after + 1;
    const rows = changes.map(({ planId, serviceId, offer, what }) => ({
      planId,
      serviceId,
      offer: JSON.stringify(offer),
      status: what === 'withdrawn' ? 'withdrawn' : 'offered',
    }));
    const [moved] = await database.batch([
      database
        .prepare(
          `UPDATE broker_catalogues SET version = ?2, etag = ?3, synced_at = ?4, error = NULL, due_at = ?5
           WHERE connection = ?1 AND version = ?6`,
        )
        .bind(connection, version, reading.etag, reading.now, reading.dueAt, reading.after),
      database
        .prepare(
          `INSERT INTO broker_plans (connection, plan_id, service_id, offer, status, changed_at)
           SELECT ?1, value ->> 'planId', value ->> 'serviceId', value ->> 'offer', value ->> 'status', ?3
           FROM json_each(?4) WHERE ${isOurs}
           ON CONFLICT (connection, plan_id) DO UPDATE SET service_id = excluded.service_id, offer = excluded.offer,
             status = excluded.status, changed_at = excluded.changed_at`,
        )
        .bind(connection, version, reading.now, JSON.stringify(rows)),
      appendNotices(database, notices),
    ]);
    return (moved?.meta.changes ?? 0) > 0;
  },
});
