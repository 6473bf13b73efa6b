import { and, asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { brokerResources } from '#shared/db/store.ts';

export type BrokerResource = typeof brokerResources.$inferSelect;
export type NewBrokerResource = Pick<
  BrokerResource,
  'operationId' | 'instanceId' | 'connection' | 'serviceInstanceId' | 'bindingId' | 'planId'
>;

/** What of one customer is at brokers. */
export const brokerResourceQueries = (database: D1Database) => ({
  async get(operationId: string): Promise<BrokerResource | null> {
    const row = await drizzle(database)
      .select()
      .from(brokerResources)
      .where(eq(brokerResources.operationId, operationId))
      .get();
    return row ?? null;
  },

  /** Instances and bindings of one of our instances, in the order in which they came. */
  of(instanceId: string): Promise<BrokerResource[]> {
    return drizzle(database)
      .select()
      .from(brokerResources)
      .where(eq(brokerResources.instanceId, instanceId))
      .orderBy(asc(brokerResources.updatedAt));
  },

  /** Before each call that may make it: from here on it may be there. */
  async asking(row: NewBrokerResource, now: number): Promise<void> {
    await database
      .prepare(
        `INSERT INTO broker_resources (operation_id, instance_id, connection, service_instance_id, binding_id, plan_id,
           unsure, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)
         ON CONFLICT (operation_id) DO UPDATE SET unsure = broker_resources.unsure + 1, updated_at = ?7`,
      )
      .bind(
        row.operationId,
        row.instanceId,
        row.connection,
        row.serviceInstanceId,
        row.bindingId,
        row.planId,
        now,
      )
      .run();
  },

  /** The call made nothing. Those before it may have. */
  async madeNothing(operationId: string, now: number): Promise<void> {
    await database
      .prepare(
        `UPDATE broker_resources SET unsure = MAX(0, unsure - 1), updated_at = ?2 WHERE operation_id = ?1`,
      )
      .bind(operationId, now)
      .run();
  },

  /** The broker has made it, or does: `running` is its name for that. */
  async confirmed(
    operationId: string,
    known: { running: string | null; sealedDashboard: string | null },
    now: number,
  ): Promise<void> {
    await database
      .prepare(
        `UPDATE broker_resources SET confirmed = 1, running = ?2,
           sealed_dashboard = COALESCE(?3, sealed_dashboard), updated_at = ?4 WHERE operation_id = ?1`,
      )
      .bind(operationId, known.running, known.sealedDashboard, now)
      .run();
  },

  /** It is being removed, under the broker's name for that; null: it has to be asked for anew. */
  async removing(operationId: string, removal: string | null, now: number): Promise<void> {
    await drizzle(database)
      .update(brokerResources)
      .set({ removal, updatedAt: now })
      .where(eq(brokerResources.operationId, operationId));
  },

  /** It is gone. What is known of earlier calls is forgotten with it. */
  async removed(operationId: string, now: number): Promise<void> {
    await drizzle(database)
      .update(brokerResources)
      .set({ unsure: 0, confirmed: false, running: null, removal: null, updatedAt: now })
      .where(eq(brokerResources.operationId, operationId));
  },

  /** Whether this change is the newest that was heard; from now on none before it counts. */
  async hear(operationId: string, sequence: number): Promise<boolean> {
    const heard = await database
      .prepare('UPDATE broker_resources SET changed = ?2 WHERE operation_id = ?1 AND changed <= ?2')
      .bind(operationId, sequence)
      .run();
    return heard.meta.changes > 0;
  },

  async planChanged(
    instanceId: string,
    serviceInstanceId: string,
    planId: string,
    now: number,
  ): Promise<void> {
    await drizzle(database)
      .update(brokerResources)
      .set({ planId, updatedAt: now })
      .where(
        and(
          eq(brokerResources.instanceId, instanceId),
          eq(brokerResources.serviceInstanceId, serviceInstanceId),
        ),
      );
  },
});
