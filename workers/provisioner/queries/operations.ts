import { and, asc, eq, isNotNull, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { instances, operations } from '#shared/db/store.ts';

export type OperationRow = typeof operations.$inferSelect;
export interface NewOperation {
  id: string;
  instanceId: string;
  step: string;
  attempt: number;
  resource: OperationRow['resource'];
  idempotencyKey: string;
  sealedRequest: string;
}
/** Final news of an operation, from a call-back or a poll. */
export interface OperationEnd {
  state: 'succeeded' | 'failed';
  partnerOperationId: string;
  resourceId: string | null;
  sealedResult: string | null;
  error: { code: string; text: string; permanent: boolean } | null;
  calledBack: boolean;
}

const byId = (database: D1Database, id: string) =>
  drizzle(database).select().from(operations).where(eq(operations.id, id));

export const operationQueries = (database: D1Database) => ({
  /**
   * Writes down that an operation is about to be asked for, while the instance is being provisioned. Null when it may
   * not be asked for any more; otherwise the operation as it is, which a call-back may already have ended.
   */
  async intend(operation: NewOperation, now: number): Promise<OperationRow | null> {
    await database
      .prepare(
        `INSERT INTO operations (id, instance_id, step, attempt, resource, idempotency_key, sealed_request, state,
           created_at, updated_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'requested', ?8, ?8
         WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?2 AND state = 'provisioning')
         ON CONFLICT DO NOTHING`,
      )
      .bind(
        operation.id,
        operation.instanceId,
        operation.step,
        operation.attempt,
        operation.resource,
        operation.idempotencyKey,
        operation.sealedRequest,
        now,
      )
      .run();
    const row = await drizzle(database)
      .select({ operation: operations, state: instances.state })
      .from(operations)
      .innerJoin(instances, eq(instances.id, operations.instanceId))
      .where(eq(operations.id, operation.id))
      .get();
    return row?.state === 'provisioning' ? row.operation : null;
  },

  async get(id: string): Promise<OperationRow | null> {
    return (await byId(database, id).get()) ?? null;
  },

  /** Operations of a step, the last attempt first. */
  of(instanceId: string, step: string): Promise<OperationRow[]> {
    return drizzle(database)
      .select()
      .from(operations)
      .where(and(eq(operations.instanceId, instanceId), eq(operations.step, step)))
      .orderBy(asc(operations.attempt))
      .then((rows) => rows.toReversed());
  },

  /** Open operations of an instance, whose Workflow may be waiting for them. */
  async waiting(instanceId: string): Promise<OperationRow[]> {
    const rows = await drizzle(database)
      .select()
      .from(operations)
      .where(eq(operations.instanceId, instanceId));
    return rows.filter((row) => row.waitRound > 0);
  },

  /** The partner has taken it. An end that a quick call-back brought first stays. */
  async accepted(id: string, ids: { partnerOperationId: string; resourceId: string | null }, now: number) {
    await database
      .prepare(
        `UPDATE operations SET state = CASE state WHEN 'requested' THEN 'in_progress' ELSE state END,
           partner_operation_id = ?, resource_id = COALESCE(?, resource_id), updated_at = ? WHERE id = ?`,
      )
      .bind(ids.partnerOperationId, ids.resourceId, now, id)
      .run();
  },

  /** The partner will not do it: there is nothing to undo. */
  async refused(id: string, error: { code: string; text: string }, now: number): Promise<void> {
    await database
      .prepare(
        `UPDATE operations SET state = 'refused', error_code = ?, error_text = ?, error_permanent = 1, updated_at = ?
         WHERE id = ? AND state = 'requested'`,
      )
      .bind(error.code, error.text, now, id)
      .run();
  },

  /** Keeps how an operation ended; the first end stays. Answers with the operation as it is afterwards. */
  async ended(id: string, end: OperationEnd, now: number): Promise<OperationRow | null> {
    await database
      .prepare(
        `UPDATE operations SET state = ?1, partner_operation_id = ?2, resource_id = COALESCE(?3, resource_id),
           sealed_result = ?4, error_code = ?5, error_text = ?6, error_permanent = ?7,
           called_back_at = CASE WHEN ?8 THEN ?9 ELSE called_back_at END, updated_at = ?9
         WHERE id = ?10 AND state IN ('requested', 'in_progress')`,
      )
      .bind(
        end.state,
        end.partnerOperationId,
        end.resourceId,
        end.sealedResult,
        end.error?.code ?? null,
        end.error?.text ?? null,
        end.error === null ? null : Number(end.error.permanent),
        Number(end.calledBack),
        now,
        id,
      )
      .run();
    return this.get(id);
  },

  /**
   * Notes which wait comes next and tells how things stand, in this order: a call-back stored later finds the wait, one
   * stored earlier is seen here. So none falls between.
   */
  async enterWait(id: string, round: number): Promise<{ operation: OperationRow; active: boolean } | null> {
    await database
      .prepare(`UPDATE operations SET wait_round = ? WHERE id = ? AND state IN ('requested', 'in_progress')`)
      .bind(round, id)
      .run();
    return this.standing(id);
  },

  /** The operation, and whether its instance is still being provisioned. */
  async standing(id: string): Promise<{ operation: OperationRow; active: boolean } | null> {
    const row = await drizzle(database)
      .select({ operation: operations, state: instances.state })
      .from(operations)
      .innerJoin(instances, eq(instances.id, operations.instanceId))
      .where(eq(operations.id, id))
      .get();
    return row === undefined ? null : { operation: row.operation, active: row.state === 'provisioning' };
  },

  /** What it made is removed. `checkAt`: when to look whether it has made it after all; null when it had ended. */
  async undone(id: string, now: number, checkAt: number | null): Promise<void> {
    await database
      .prepare(
        `UPDATE operations SET undone_at = ?1, updated_at = ?1,
           check_at = CASE WHEN state IN ('requested', 'in_progress') THEN ?2 END WHERE id = ?3`,
      )
      .bind(now, checkAt, id)
      .run();
  },

  toCheck(now: number, limit: number): Promise<OperationRow[]> {
    return drizzle(database)
      .select()
      .from(operations)
      .where(and(isNotNull(operations.checkAt), lte(operations.checkAt, now)))
      .orderBy(asc(operations.checkAt))
      .limit(limit);
  },

  async checked(id: string, checkAt: number | null): Promise<void> {
    await database
      .prepare(`UPDATE operations SET check_at = ?, checks = checks + 1 WHERE id = ?`)
      .bind(checkAt, id)
      .run();
  },
});
