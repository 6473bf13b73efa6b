import { and, asc, desc, eq, gt, isNotNull, lte, type SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { TaskDecision } from '#shared/contracts/http/provisioning-tasks.ts';
import { tasks } from '#shared/db/store.ts';

export type TaskRow = typeof tasks.$inferSelect;
export type NewTask = Pick<
  TaskRow,
  | 'id'
  | 'instanceId'
  | 'step'
  | 'kind'
  | 'askedOf'
  | 'connector'
  | 'operation'
  | 'code'
  | 'text'
  | 'fields'
  | 'sealedPayload'
  | 'dueAt'
> & { lifecycleId?: string };

export interface Decided {
  decision: TaskDecision;
  reason: string | null;
  sealedAnswer: string | null;
  key: string;
  by: string;
  now: number;
  /** In words for the instance's history. */
  history: string;
}

export interface TaskFilter {
  state: TaskRow['state'];
  kind?: TaskRow['kind'] | undefined;
  connector?: string | undefined;
  code?: string | undefined;
  instanceId?: string | undefined;
  after: string;
  limit: number;
}

/** Ids grow with time only within one instance's step: the queue is by id, which any keyset can follow. */
function conditionsOf(filter: Omit<TaskFilter, 'after' | 'limit'>): SQL[] {
  const conditions: SQL[] = [eq(tasks.state, filter.state)];
  if (filter.kind !== undefined) conditions.push(eq(tasks.kind, filter.kind));
  if (filter.connector !== undefined) conditions.push(eq(tasks.connector, filter.connector));
  if (filter.code !== undefined) conditions.push(eq(tasks.code, filter.code));
  if (filter.instanceId !== undefined) conditions.push(eq(tasks.instanceId, filter.instanceId));
  return conditions;
}

export const openTaskStatement = (database: D1Database, task: NewTask, now: number): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO tasks (id, instance_id, customer_id, order_id, step, kind, asked_of, connector, operation, code, text,
         fields, sealed_payload, state, due_at, created_at, lifecycle_id)
       SELECT ?1, id, customer_id, order_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'open', ?12, ?13, ?14
       FROM instances WHERE id = ?2 AND (?4 = 'failed_undo'
         OR (?4 = 'failed_access' AND EXISTS (SELECT 1 FROM accesses WHERE instance_id = ?2 AND state = 'stuck'))
         OR (state = 'provisioning' AND failure_code IS NULL)
         OR EXISTS (SELECT 1 FROM lifecycle_operations WHERE id = ?14 AND state = 'running'))
       ON CONFLICT DO NOTHING`,
    )
    .bind(
      task.id,
      task.instanceId,
      task.step,
      task.kind,
      task.askedOf,
      task.connector,
      task.operation,
      task.code,
      task.text,
      task.fields === null ? null : JSON.stringify(task.fields),
      task.sealedPayload,
      task.dueAt,
      now,
      task.lifecycleId ?? null,
    );

/** Nobody need decide any more about an operation of an instance's life. */
export const withdrawTasksOf = (database: D1Database, lifecycleId: string): D1PreparedStatement =>
  database
    .prepare(`UPDATE tasks SET state = 'withdrawn', wake_at = NULL WHERE lifecycle_id = ? AND state = 'open'`)
    .bind(lifecycleId);

/** Nobody need decide any more about the use of an instance. */
export const withdrawAccessTasks = (database: D1Database, instanceId: string): D1PreparedStatement =>
  database
    .prepare(
      `UPDATE tasks SET state = 'withdrawn', wake_at = NULL
       WHERE instance_id = ? AND kind = 'failed_access' AND state = 'open'`,
    )
    .bind(instanceId);

/** Nobody need decide any more: for the batch that ends what they were about. */
export const withdrawTasks = (database: D1Database, instanceId: string): D1PreparedStatement =>
  database
    .prepare(`UPDATE tasks SET state = 'withdrawn', wake_at = NULL WHERE instance_id = ? AND state = 'open'`)
    .bind(instanceId);

export const taskQueries = (database: D1Database) => {
  const get = async (id: string): Promise<TaskRow | null> =>
    (await drizzle(database).select().from(tasks).where(eq(tasks.id, id)).get()) ?? null;

  return {
    get,

    /** Asks, unless it was asked already or the instance is no longer being made. */
    async open(task: NewTask, now: number): Promise<TaskRow | null> {
      await database.batch([openTaskStatement(database, task, now)]);
      return get(task.id);
    },

    /** Oldest id first. */
    list(filter: TaskFilter): Promise<TaskRow[]> {
      return drizzle(database)
        .select()
        .from(tasks)
        .where(and(...conditionsOf(filter), gt(tasks.id, filter.after)))
        .orderBy(asc(tasks.id))
        .limit(filter.limit);
    },

    of(instanceId: string): Promise<TaskRow[]> {
      return drizzle(database)
        .select()
        .from(tasks)
        .where(eq(tasks.instanceId, instanceId))
        .orderBy(desc(tasks.createdAt));
    },

    /** Decides an open task; the first decision stays. Answers with the task as it is then. */
    async decide(id: string, { instanceId, ...decided }: Decided & { instanceId: string }) {
      const { decision, reason, sealedAnswer, key, by, now, history } = decided;
      const token = crypto.randomUUID();
      await database.batch([
        database
          .prepare(
            `UPDATE tasks SET state = 'decided', decision = ?1, reason = ?2, sealed_answer = ?3, decision_key = ?4,
               decided_by = ?5, decided_at = ?6, batch_id = ?7, wake_at = ?6 WHERE id = ?8 AND state = 'open'`,
          )
          .bind(decision, reason, sealedAnswer, key, by, now, token, id),
        // The token lives for this batch alone: only the request that decided writes the history.
        database
          .prepare(
            `INSERT INTO instance_history (instance_id, sequence, at, type, text)
             SELECT ?1, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM instance_history WHERE instance_id = ?1), ?2, ?3, ?4
             WHERE EXISTS (SELECT 1 FROM tasks WHERE id = ?5 AND batch_id = ?6)`,
          )
          .bind(instanceId, now, `task.${decision}`, history, id, token),
        database.prepare('UPDATE tasks SET batch_id = NULL WHERE id = ? AND batch_id = ?').bind(id, token),
      ]);
      return get(id);
    },

    /** Nobody decided in time; a decision that came first stays. */
    async expire(id: string): Promise<TaskRow | null> {
      await database
        .prepare(`UPDATE tasks SET state = 'expired' WHERE id = ? AND state = 'open'`)
        .bind(id)
        .run();
      return get(id);
    },

    async withdraw(instanceId: string): Promise<void> {
      await withdrawTasks(database, instanceId).run();
    },

    /** Decided, and their Workflow still to be woken. */
    toWake(now: number, limit: number): Promise<TaskRow[]> {
      return drizzle(database)
        .select()
        .from(tasks)
        .where(and(isNotNull(tasks.wakeAt), lte(tasks.wakeAt, now)))
        .orderBy(asc(tasks.wakeAt))
        .limit(limit);
    },

    async woken(id: string): Promise<void> {
      await database.prepare('UPDATE tasks SET wake_at = NULL WHERE id = ?').bind(id).run();
    },

    /**
     * Decides to try again, for many open tasks at once: their Workflows are woken one by one, `paceMs` apart. The same
     * batch decides once. `first`: its turn, of all. Answers with how many it has taken now.
     */
    async retryMany(
      batch: {
        id: string;
        by: string;
        reason: string;
        now: number;
        paceMs: number;
        limit: number;
        first: number;
      },
      filter: { connector?: string | undefined; code?: string | undefined; createdAfter: number },
      isOpenHere: (customerId: string) => string,
    ): Promise<number> {
      const { id, by, reason, now, paceMs, limit, first } = batch;
      const [taken] = await database.batch([
        database
          .prepare(
            `WITH chosen AS MATERIALIZED (
               SELECT id, row_number() OVER (ORDER BY id) - 1 + ?10 AS position FROM tasks
               WHERE state = 'open' AND kind IN ('failed_step', 'failed_access') AND ${isOpenHere('customer_id')} AND created_at >= ?6 AND (?7 IS NULL OR connector = ?7)
                 AND (?8 IS NULL OR code = ?8) AND NOT EXISTS (SELECT 1 FROM tasks WHERE batch_id = ?2)
               ORDER BY id LIMIT ?9)
             UPDATE tasks SET state = 'decided', decision = 'retry', reason = ?1, decision_key = ?2, decided_by = ?3,
               decided_at = ?4, batch_id = ?2, wake_at = ?4 + ?5 * chosen.position
             FROM chosen WHERE tasks.id = chosen.id`,
          )
          .bind(
            reason,
            id,
            by,
            now,
            paceMs,
            filter.createdAfter,
            filter.connector ?? null,
            filter.code ?? null,
            limit,
            first,
          ),
        database
          .prepare(
            `INSERT INTO instance_history (instance_id, sequence, at, type, text)
             SELECT instance_id, (SELECT COALESCE(MAX(h.sequence), 0) + 1 FROM instance_history h
                 WHERE h.instance_id = tasks.instance_id) + row_number() OVER (PARTITION BY instance_id ORDER BY id) - 1,
               ?2, 'task.retry', ?3
             FROM tasks WHERE batch_id = ?1 AND decided_at = ?2`,
          )
          .bind(id, now, `Tried again by ${by}, one of many: ${reason}`),
      ]);
      return taken?.meta.changes ?? 0;
    },

    /** How many a batch holds. */
    async heldBy(batchId: string): Promise<number> {
      const held = 'SELECT COUNT(*) AS held FROM tasks WHERE batch_id = ?';
      return (await database.prepare(held).bind(batchId).first<number>('held')) ?? 0;
    },
  };
};
