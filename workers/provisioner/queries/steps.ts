import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1';
import { instances, instanceSteps, tasks } from '#shared/db/store.ts';
import type { InstanceRow } from './instances.ts';
import type { TaskRow } from './tasks.ts';

export type StepRow = typeof instanceSteps.$inferSelect;
export interface StepKey {
  instanceId: string;
  step: string;
}
/** What is known of an instance that is being made: what was done, and what people answered. */
export interface Made {
  instance: InstanceRow;
  /** In the order in which they began. */
  steps: StepRow[];
  /** Decided tasks, the oldest first. */
  answers: TaskRow[];
}

const madeOf = (db: DrizzleD1Database, instanceId: string) =>
  [
    db.select().from(instances).where(eq(instances.id, instanceId)),
    db
      .select()
      .from(instanceSteps)
      .where(eq(instanceSteps.instanceId, instanceId))
      .orderBy(asc(instanceSteps.begunAt), asc(instanceSteps.position)),
    db
      .select()
      .from(tasks)
      .where(and(eq(tasks.instanceId, instanceId), eq(tasks.state, 'decided')))
      .orderBy(asc(tasks.createdAt)),
  ] as const;

export const stepQueries = (database: D1Database) => ({
  /**
   * Registers a step before it has any effect, unless the instance is no longer being provisioned: from then on its
   * compensation is known to be owed. Null when it may not begin.
   */
  async begin(key: StepKey, step: { position: number; action: string }, now: number): Promise<Made | null> {
    const db = drizzle(database);
    const [, [instance], steps, answers] = await db.batch([
      db
        .insert(instanceSteps)
        .select(
          sql`SELECT ${key.instanceId}, ${key.step}, ${step.position}, ${step.action}, NULL, ${now}, NULL, NULL, NULL, NULL,
              NULL, NULL
            WHERE EXISTS (SELECT 1 FROM instances
              WHERE id = ${key.instanceId} AND state = 'provisioning' AND failure_code IS NULL)`,
        )
        .onConflictDoNothing(),
      ...madeOf(db, key.instanceId),
    ]);
    return instance?.state === 'provisioning' ? { instance, steps, answers } : null;
  },

  /** An instance and what was done for it, in one look. */
  async withInstance(instanceId: string): Promise<Made | null> {
    const db = drizzle(database);
    const [[instance], steps, answers] = await db.batch(madeOf(db, instanceId));
    return instance === undefined ? null : { instance, steps, answers };
  },

  async of(instanceId: string): Promise<StepRow[]> {
    return drizzle(database)
      .select()
      .from(instanceSteps)
      .where(eq(instanceSteps.instanceId, instanceId))
      .orderBy(asc(instanceSteps.begunAt), asc(instanceSteps.position));
  },

  /** Steps whose compensation is owed, the one that began last first. */
  async toUndo(instanceId: string): Promise<StepRow[]> {
    return drizzle(database)
      .select()
      .from(instanceSteps)
      .where(and(eq(instanceSteps.instanceId, instanceId), isNull(instanceSteps.undoneAt)))
      .orderBy(desc(instanceSteps.begunAt), desc(instanceSteps.position));
  },

  /** Keeps a step's output; the first one stays. */
  async finish(key: StepKey, sealedOutput: string, now: number): Promise<void> {
    await database
      .prepare(
        `UPDATE instance_steps SET sealed_output = ?, done_at = ?, parked_until = NULL, parked_why = NULL
         WHERE instance_id = ? AND step = ? AND done_at IS NULL`,
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

  /**
   * Ends a step without its connector: left out by its condition, skipped or with a result of an operator's. One that left
   * nothing owes no compensation. The first end stays.
   */
  async endAs(
    key: StepKey,
    end: {
      as: NonNullable<StepRow['endedAs']>;
      position: number;
      action: string;
      sealedOutput: string | null;
    },
    now: number,
  ): Promise<void> {
    const isOwed = end.as === 'replaced';
    await database
      .prepare(
        `INSERT INTO instance_steps (instance_id, step, position, action, sealed_output, begun_at, done_at, undone_at, ended_as)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8
         WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?1 AND state = 'provisioning' AND failure_code IS NULL)
         ON CONFLICT (instance_id, step) DO UPDATE SET sealed_output = excluded.sealed_output,
           done_at = excluded.done_at, ended_as = excluded.ended_as,
           undone_at = COALESCE(instance_steps.undone_at, excluded.undone_at), parked_until = NULL, parked_why = NULL
         WHERE instance_steps.done_at IS NULL`,
      )
      .bind(
        key.instanceId,
        key.step,
        end.position,
        end.action,
        end.sealedOutput,
        now,
        isOwed ? null : now,
        end.as,
      )
      .run();
  },

  /** Another connector takes the step over. What the one before may have made is undone by then. */
  async handOver(key: StepKey, to: { action: string; override: unknown }): Promise<void> {
    await database
      .prepare(
        `UPDATE instance_steps SET action = ?, override = ?, undone_at = NULL
         WHERE instance_id = ? AND step = ? AND done_at IS NULL`,
      )
      .bind(to.action, JSON.stringify(to.override), key.instanceId, key.step)
      .run();
  },

  /** It waits for its turn at a partner; `until` null: it has it. */
  async park(key: StepKey, until: number | null, why: string | null): Promise<void> {
    await database
      .prepare(
        `UPDATE instance_steps SET parked_until = ?1, parked_why = ?2
         WHERE instance_id = ?3 AND step = ?4 AND parked_until IS NOT ?1`,
      )
      .bind(until, why, key.instanceId, key.step)
      .run();
  },
});
