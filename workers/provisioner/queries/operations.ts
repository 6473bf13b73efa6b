import { and, asc, eq, inArray, isNotNull, lte, sql, type SQL } from 'drizzle-orm';
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1';
import type { InstanceState } from '../instance-states.ts';
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
  /** When to ask after what it made; null: never. */
  followAt: number | null;
}

/** An operation with the state of its instance. */
export interface Standing {
  operation: OperationRow;
  workflowId: string;
  /** Whether the instance is still being provisioned. */
  active: boolean;
}

const instanceState = sql<InstanceState>`${instances.state}`;
/** Column names must differ: a batch answers with objects, in which a second `state` would hide the first. */
const withInstance = (db: DrizzleD1Database, which: SQL) =>
  db
    .select({
      operation: operations,
      instanceState: instanceState.as('instance_state'),
      failureCode: instances.failureCode,
      workflowId: instances.workflowId,
    })
    .from(operations)
    .innerJoin(instances, eq(instances.id, operations.instanceId))
    .where(which);
const byId = (id: string): SQL => eq(operations.id, id);
type StandingRow = Awaited<ReturnType<typeof withInstance>>[number];
const standingOf = (row: StandingRow | undefined): Standing | null =>
  row === undefined
    ? null
    : {
        operation: row.operation,
        workflowId: row.workflowId,
        active: row.instanceState === 'provisioning' && row.failureCode === null,
      };

const isOpen = inArray(operations.state, ['requested', 'in_progress']);

export const operationQueries = (database: D1Database) => ({
  /**
   * Writes down that an operation is about to be asked for, once more, while the instance is being provisioned. Null when it
   * may not be asked for any more; otherwise the operation as it is, which a call-back may already have ended.
   */
  async intend(operation: NewOperation, now: number): Promise<OperationRow | null> {
    const db = drizzle(database);
    const { id, instanceId, step, attempt, resource, idempotencyKey, sealedRequest } = operation;
    const [, , [row]] = await db.batch([
      db
        .insert(operations)
        .select(
          sql`SELECT ${id}, ${instanceId}, ${step}, ${attempt}, ${resource}, ${idempotencyKey}, ${sealedRequest},
              'requested', NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, 0, ${now}, ${now}, 0
            WHERE EXISTS (SELECT 1 FROM instances
              WHERE id = ${instanceId} AND state = 'provisioning' AND failure_code IS NULL)`,
        )
        .onConflictDoNothing(),
      // By its key: an earlier release gave the same operation another id.
      db
        .update(operations)
        .set({ unanswered: sql`${operations.unanswered} + 1` })
        .where(and(eq(operations.idempotencyKey, idempotencyKey), eq(operations.state, 'requested'))),
      withInstance(db, eq(operations.idempotencyKey, idempotencyKey)),
    ]);
    const standing = standingOf(row);
    return standing?.active === true ? standing.operation : null;
  },

  /**
   * Writes down that an operation is about to be asked for, for a change of an instance that is in use. Not finished by
   * `until` it is removed. Null when it may not be asked for any more.
   */
  async intendChange(
    operation: NewOperation,
    { now, until }: { now: number; until: number },
  ): Promise<OperationRow | null> {
    const { id, instanceId, step, attempt, resource, idempotencyKey, sealedRequest } = operation;
    await database
      .prepare(
        `INSERT INTO operations (id, instance_id, step, attempt, resource, idempotency_key, sealed_request, state, check_at,
           created_at, updated_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'requested', ?9, ?8, ?8
         WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?2 AND state IN ('active', 'suspended'))
         ON CONFLICT DO NOTHING`,
      )
      .bind(id, instanceId, step, attempt, resource, idempotencyKey, sealedRequest, now, until)
      .run();
    return this.get(id);
  },

  /** It is about to be asked for once more, whatever its instance does. */
  async asking(id: string): Promise<void> {
    await database.prepare('UPDATE operations SET unanswered = unanswered + 1 WHERE id = ?').bind(id).run();
  },

  /** The last try reached nobody, or was told to come later: it made nothing. */
  async madeNothing(id: string): Promise<void> {
    await database
      .prepare('UPDATE operations SET unanswered = MAX(0, unanswered - 1) WHERE id = ?')
      .bind(id)
      .run();
  },

  /** Not finished by then it is removed. Null: it is removed already. */
  async keepUntil(id: string, until: number): Promise<OperationRow | null> {
    await database
      .prepare(
        'UPDATE operations SET check_at = ?2 WHERE id = ?1 AND undone_at IS NULL AND check_at IS NOT NULL',
      )
      .bind(id, until)
      .run();
    const found = await this.get(id);
    return found?.undoneAt === null ? found : null;
  },

  /** What this operation made counts from now on; what counted before is removed at `at`. Safe to repeat. */
  async replace(by: { id: string; instanceId: string; step: string }, at: number): Promise<void> {
    await database.batch([
      database
        .prepare(
          `UPDATE operations SET check_at = ?4, checks = 0
           WHERE instance_id = ?2 AND step = ?3 AND id <> ?1 AND state = 'succeeded' AND undone_at IS NULL
             AND check_at IS NULL`,
        )
        .bind(by.id, by.instanceId, by.step, at),
      database
        .prepare('UPDATE operations SET check_at = NULL WHERE id = ?1 AND undone_at IS NULL')
        .bind(by.id),
    ]);
  },

  async get(id: string): Promise<OperationRow | null> {
    return (await drizzle(database).select().from(operations).where(eq(operations.id, id)).get()) ?? null;
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

  /** Keeps how an operation ended; the first end stays. Answers with how things stand afterwards. */
  async ended(id: string, end: OperationEnd, now: number): Promise<Standing | null> {
    const db = drizzle(database);
    const [, [row]] = await db.batch([
      db
        .update(operations)
        .set({
          state: end.state,
          partnerOperationId: end.partnerOperationId,
          resourceId: sql`COALESCE(${end.resourceId}, ${operations.resourceId})`,
          sealedResult: end.sealedResult,
          errorCode: end.error?.code ?? null,
          errorText: end.error?.text ?? null,
          errorPermanent: end.error?.permanent ?? null,
          ...(end.calledBack ? { calledBackAt: now } : {}),
          // What ends after it was undone is looked at once more, however long nobody has asked.
          checkAt: sql`CASE WHEN ${operations.undoneAt} IS NULL THEN ${end.followAt} ELSE ${now} END`,
          updatedAt: now,
        })
        .where(and(eq(operations.id, id), isOpen)),
      withInstance(db, byId(id)),
    ]);
    return standingOf(row);
  },

  /**
   * Notes which wait comes next and tells how things stand, in this order: a call-back stored later finds the wait, one
   * stored earlier is seen here. So none falls between.
   */
  async enterWait(id: string, round: number): Promise<Standing | null> {
    const db = drizzle(database);
    const [, [row]] = await db.batch([
      db
        .update(operations)
        .set({ waitRound: round })
        .where(and(eq(operations.id, id), isOpen)),
      withInstance(db, byId(id)),
    ]);
    return standingOf(row);
  },

  async standing(id: string): Promise<Standing | null> {
    return standingOf(await withInstance(drizzle(database), byId(id)).get());
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
