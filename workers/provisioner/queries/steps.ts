import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { instances, instanceSteps } from '#shared/db/store.ts';
import type { InstanceRow } from './instances.ts';

export type StepRow = typeof instanceSteps.$inferSelect;
export interface StepKey {
  instanceId: string;
  step: string;
}

export const stepQueries = (database: D1Database) => ({
  /**
   * Registers a step before it has any effect, unless the instance is no longer being provisioned: from then on its
   * compensation is known to be owed. Null when it may not begin.
   */
  async begin(
    key: StepKey,
    step: { position: number; action: string },
    now: number,
  ): Promise<{ instance: InstanceRow; steps: StepRow[] } | null> {
    const db = drizzle(database);
    const [, [instance], steps] = await db.batch([
      db
        .insert(instanceSteps)
        .select(
          sql`SELECT ${key.instanceId}, ${key.step}, ${step.position}, ${step.action}, NULL, ${now}, NULL, NULL
            WHERE EXISTS (SELECT 1 FROM instances
              WHERE id = ${key.instanceId} AND state = 'provisioning' AND failure_code IS NULL)`,
        )
        .onConflictDoNothing(),
      db.select().from(instances).where(eq(instances.id, key.instanceId)),
      db
        .select()
        .from(instanceSteps)
        .where(eq(instanceSteps.instanceId, key.instanceId))
        .orderBy(asc(instanceSteps.position)),
    ]);
    return instance?.state === 'provisioning' ? { instance, steps } : null;
  },

  /** An instance and what was done for it, in one look. */
  async withInstance(instanceId: string): Promise<{ instance: InstanceRow; steps: StepRow[] } | null> {
    const db = drizzle(database);
    const [[instance], steps] = await db.batch([
      db.select().from(instances).where(eq(instances.id, instanceId)),
      db
        .select()
        .from(instanceSteps)
        .where(eq(instanceSteps.instanceId, instanceId))
        .orderBy(asc(instanceSteps.position)),
    ]);
    return instance === undefined ? null : { instance, steps };
  },

  async of(instanceId: string): Promise<StepRow[]> {
    return drizzle(database)
      .select()
      .from(instanceSteps)
      .where(eq(instanceSteps.instanceId, instanceId))
      .orderBy(asc(instanceSteps.position));
  },

  /** Steps whose compensation is owed, the last one first. */
  async toUndo(instanceId: string): Promise<StepRow[]> {
    return drizzle(database)
      .select()
      .from(instanceSteps)
      .where(and(eq(instanceSteps.instanceId, instanceId), isNull(instanceSteps.undoneAt)))
      .orderBy(desc(instanceSteps.position));
  },

  /** Keeps a step's output; the first one stays. */
  async finish(key: StepKey, sealedOutput: string, now: number): Promise<void> {
    await database
      .prepare(
        `UPDATE instance_steps SET sealed_output = ?, done_at = ? WHERE instance_id = ? AND step = ? AND done_at IS NULL`,
      )
      .bind(sealedOutput, now, key.instanceId, key.step)
      .run();
  },

  async undone(key: StepKey, now: number): Promise<void> {
    await database
      .prepare(
        `UPDATE instance_steps SET undone_at = ? WHERE instance_id = ? AND step = ? AND undone_at IS NULL`,
      )
      .bind(now, key.instanceId, key.step)
      .run();
  },
});
