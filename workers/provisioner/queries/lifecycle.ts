import { and, asc, desc, eq, inArray, isNotNull, lt, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { LifecycleKind, LifecycleState } from '#shared/contracts/http/lifecycle.ts';
import { instances, lifecycleOperations, lifecycleSteps } from '#shared/db/store.ts';
import type { InstanceState } from '../instance-states.ts';

export type LifecycleRow = typeof lifecycleOperations.$inferSelect;
export type LifecycleStepRow = typeof lifecycleSteps.$inferSelect;

/** What of an instance its order line says, and an operation may change. */
export interface Terms {
  /** Absent in operations of older releases: the product stays. */
  productId?: string;
  productVersion: number;
  variantId: string;
  sku: string;
  title: string;
  variantTitle: string;
  customisation: Record<string, unknown>;
  fulfilment: unknown;
}

export interface NewOperation {
  id: string;
  instanceId: string;
  customerId: string;
  kind: LifecycleKind;
  state: 'scheduled' | 'offered' | 'running';
  request: unknown;
  former: Terms | null;
  target: Terms | null;
  sealedCode: string | null;
  codeHash: string | null;
  askedAs: LifecycleRow['askedAs'];
  askedBy: string | null;
  reason: string | null;
  handle: string | null;
  orderId: string | null;
  lineId: string | null;
  dueAt: number | null;
  nudgeAt: number | null;
  requestId: string;
  now: number;
}

/** States of an instance in which an operation of a kind may begin. */
export const BEGINS_IN: Record<LifecycleKind, readonly InstanceState[]> = {
  suspend: ['active', 'suspended'],
  resume: ['active', 'suspended'],
  configure: ['active'],
  rotate: ['active'],
  renew: ['active', 'suspended'],
  change_plan: ['active'],
  transfer: ['active'],
  terminate: ['active', 'suspended'],
};

/** One change of an operation's state. What is in the same batch and names `token` happens only with it. */
export interface Turn {
  id: string;
  from: readonly LifecycleState[];
  to: LifecycleState;
  token: string;
  now: number;
  history: { type: string; text: string };
  error?: { code: string; text: string } | undefined;
  dueAt?: number | null;
  nudgeAt?: number | null;
  /** SQL that has to be true as well. */
  onlyIf?: string;
}

const ENDED: ReadonlySet<LifecycleState> = new Set(['done', 'failed', 'called_off', 'undone'] as const);

export function turnStatements(database: D1Database, turn: Turn): D1PreparedStatement[] {
  const { id, from, to, token, now, history, error } = turn;
  return [
    database
      .prepare(
        `UPDATE lifecycle_operations SET state = ?1, transition = ?2, due_at = ?3, nudge_at = ?4, error_code = ?5,
           error_text = ?6, started_at = CASE WHEN ?1 = 'running' THEN ?7 ELSE started_at END, ended_at = ?8
         WHERE id = ?9 AND state IN (SELECT value FROM json_each(?10)) AND ${turn.onlyIf ?? 'true'}`,
      )
      .bind(
        to,
        token,
        turn.dueAt ?? null,
        turn.nudgeAt ?? null,
        error?.code ?? null,
        error?.text ?? null,
        now,
        ENDED.has(to) ? now : null,
        id,
        JSON.stringify(from),
      ),
    historyOfTurn(database, turn.id, token, history, now),
  ];
}

/** True within a batch after the turn with this token, and only if that happened. */
export const TURNED = 'EXISTS (SELECT 1 FROM lifecycle_operations WHERE id = ? AND transition = ?)';

const historyOfTurn = (
  database: D1Database,
  id: string,
  token: string,
  { type, text }: Turn['history'],
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO instance_history (instance_id, sequence, at, type, text)
       SELECT instance_id, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM instance_history h
           WHERE h.instance_id = lifecycle_operations.instance_id), ?1, ?2, ?3
       FROM lifecycle_operations WHERE id = ?4 AND transition = ?5`,
    )
    .bind(now, type, text, id, token);

/** SQL that is true where the customer named may be used in the database asked. */
export type IsOpenHere = (customerId: string) => string;

export const lifecycleQueries = (database: D1Database) => ({
  /**
   * Writes an operation down, unless another one is at work on the instance, another of the kind waits, the instance is in
   * no state for it, or was ended and is only kept. Null then; otherwise the operation as it is, made now or before.
   */
  async ask(row: NewOperation, history: Turn['history']): Promise<LifecycleRow | null> {
    const token = crypto.randomUUID();
    await database.batch([
      database
        .prepare(
          `INSERT INTO lifecycle_operations (id, instance_id, customer_id, kind, state, sequence, request, former, target,
             sealed_code, code_hash, asked_as, asked_by, reason, handle, order_id, line_id, due_at, nudge_at, transition,
             request_id, created_at, started_at)
           SELECT ?1, ?2, ?3, ?4, ?5,
             (SELECT COALESCE(MAX(sequence), 0) + 1 FROM lifecycle_operations WHERE instance_id = ?2), ?6, ?7, ?8,
             ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, CASE ?5 WHEN 'running' THEN ?21 END
           WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?2 AND customer_id = ?3
               AND state IN (SELECT value FROM json_each(?22)))
             AND NOT EXISTS (SELECT 1 FROM lifecycle_operations WHERE instance_id = ?2 AND state = 'grace'
               AND NOT (?4 = 'renew' AND asked_as = 'clock'))
             AND NOT EXISTS (SELECT 1 FROM undo_requests WHERE instance_id = ?14)
           ON CONFLICT DO NOTHING`,
        )
        .bind(
          row.id,
          row.instanceId,
          row.customerId,
          row.kind,
          row.state,
          JSON.stringify(row.request),
          row.former === null ? null : JSON.stringify(row.former),
          row.target === null ? null : JSON.stringify(row.target),
          row.sealedCode,
          row.codeHash,
          row.askedAs,
          row.askedBy,
          row.reason,
          row.handle,
          row.orderId,
          row.lineId,
          row.dueAt,
          row.nudgeAt,
          token,
          row.requestId,
          row.now,
          JSON.stringify(BEGINS_IN[row.kind]),
        ),
      historyOfTurn(database, row.id, token, history, row.now),
    ]);
    return this.get(row.id);
  },

  async get(id: string): Promise<LifecycleRow | null> {
    const db = drizzle(database);
    return (await db.select().from(lifecycleOperations).where(eq(lifecycleOperations.id, id)).get()) ?? null;
  },

  /** The operation an order's line stands for. */
  async ofHandle(handle: string): Promise<LifecycleRow | null> {
    const db = drizzle(database);
    const found = db.select().from(lifecycleOperations).where(eq(lifecycleOperations.handle, handle));
    return (await found.get()) ?? null;
  },

  /** An operation with its instance and what was done for it. */
  async standing(id: string) {
    const db = drizzle(database);
    const operations = db.select().from(lifecycleOperations).where(eq(lifecycleOperations.id, id));
    const itsInstance = db
      .select({ id: lifecycleOperations.instanceId })
      .from(lifecycleOperations)
      .where(eq(lifecycleOperations.id, id));
    const [[operation], [instance], steps] = await db.batch([
      operations,
      db.select().from(instances).where(inArray(instances.id, itsInstance)),
      db
        .select()
        .from(lifecycleSteps)
        .where(eq(lifecycleSteps.operationId, id))
        .orderBy(asc(lifecycleSteps.begunAt)),
    ]);
    return operation === undefined || instance === undefined ? null : { operation, instance, steps };
  },

  /** Newest first. */
  list(instanceId: string, before: number, limit: number): Promise<LifecycleRow[]> {
    return drizzle(database)
      .select()
      .from(lifecycleOperations)
      .where(and(eq(lifecycleOperations.instanceId, instanceId), lt(lifecycleOperations.sequence, before)))
      .orderBy(desc(lifecycleOperations.sequence))
      .limit(limit);
  },

  /** When the plan begins that a renewal was ordered with; null: none is to. */
  async planBeginsAt(instanceId: string): Promise<number | null> {
    const { instanceId: of, kind, state, dueAt } = lifecycleOperations;
    const found = drizzle(database)
      .select({ dueAt })
      .from(lifecycleOperations)
      .where(and(eq(of, instanceId), eq(kind, 'change_plan'), eq(state, 'scheduled')));
    return (await found.get())?.dueAt ?? null;
  },

  /** The order that paid for what an instance is now; null: the one that made it. */
  async paidBy(instanceId: string): Promise<{ orderId: string; lineId: string } | null> {
    const { orderId, lineId, instanceId: of, handle, state, sequence } = lifecycleOperations;
    const found = drizzle(database)
      .select({ orderId, lineId })
      .from(lifecycleOperations)
      .where(and(eq(of, instanceId), isNotNull(handle), eq(state, 'done')))
      .orderBy(desc(sequence))
      .limit(1);
    const { orderId: order = null, lineId: line = null } = (await found.get()) ?? {};
    return order === null || line === null ? null : { orderId: order, lineId: line };
  },

  /** What is at work on an instance, or keeps others from it. */
  async atWork(instanceId: string): Promise<LifecycleRow | null> {
    const [row] = await drizzle(database)
      .select()
      .from(lifecycleOperations)
      .where(
        and(
          eq(lifecycleOperations.instanceId, instanceId),
          inArray(lifecycleOperations.state, ['running', 'made', 'grace']),
        ),
      )
      .limit(1);
    return row ?? null;
  },

  stepsOf(operationId: string): Promise<LifecycleStepRow[]> {
    return drizzle(database)
      .select()
      .from(lifecycleSteps)
      .where(eq(lifecycleSteps.operationId, operationId))
      .orderBy(asc(lifecycleSteps.begunAt));
  },

  /** Their time has come, oldest first. */
  due(now: number, limit: number): Promise<LifecycleRow[]> {
    return drizzle(database)
      .select()
      .from(lifecycleOperations)
      .where(and(isNotNull(lifecycleOperations.dueAt), lte(lifecycleOperations.dueAt, now)))
      .orderBy(asc(lifecycleOperations.dueAt))
      .limit(limit);
  },

  toNudge(now: number, limit: number): Promise<LifecycleRow[]> {
    return drizzle(database)
      .select()
      .from(lifecycleOperations)
      .where(and(isNotNull(lifecycleOperations.nudgeAt), lte(lifecycleOperations.nudgeAt, now)))
      .orderBy(asc(lifecycleOperations.nudgeAt))
      .limit(limit);
  },

  async nudgeAgainAt(id: string, at: number): Promise<void> {
    await database
      .prepare('UPDATE lifecycle_operations SET nudge_at = ? WHERE id = ? AND nudge_at IS NOT NULL')
      .bind(at, id)
      .run();
  },

  /** Its turn has not come: another operation is at work. */
  async postpone(id: string, dueAt: number): Promise<void> {
    await database
      .prepare('UPDATE lifecycle_operations SET due_at = ? WHERE id = ? AND due_at IS NOT NULL')
      .bind(dueAt, id)
      .run();
  },

  /** False: another state, or another operation is at work on the instance. */
  async turn(turn: Omit<Turn, 'token'>): Promise<boolean> {
    try {
      const token = crypto.randomUUID();
      const [done] = await database.batch(turnStatements(database, { ...turn, token }));
      return (done?.meta.changes ?? 0) > 0;
    } catch (error) {
      if (error instanceof Error && /UNIQUE constraint failed/i.test(error.message)) return false;
      throw error;
    }
  },

  /** Nothing is left to look after. */
  async atRest(id: string): Promise<void> {
    await database.prepare('UPDATE lifecycle_operations SET nudge_at = NULL WHERE id = ?').bind(id).run();
  },

  /**
   * The first who accepts an offer is its receiver. False: it was not to be had, another operation is at work, or both do not
   * lie in this database.
   */
  async accept(
    { id, instanceId }: Pick<LifecycleRow, 'id' | 'instanceId'>,
    receiver: string,
    { by, now, nudgeAt, isOpenHere }: { by: string; now: number; nudgeAt: number; isOpenHere: IsOpenHere },
  ): Promise<boolean> {
    const token = crypto.randomUUID();
    try {
      const [done] = await database.batch([
        database
          .prepare(
            `UPDATE lifecycle_operations SET state = 'running', transition = ?1, started_at = ?2, nudge_at = ?3,
               due_at = NULL, request = json_set(request, '$.receiver', ?4)
             WHERE id = ?5 AND state = 'offered' AND due_at > ?2
               AND EXISTS (SELECT 1 FROM instances WHERE id = ?6 AND state = 'active')
               AND ${isOpenHere('customer_id')} AND ${isOpenHere('?4')}`,
          )
          .bind(token, now, nudgeAt, receiver, id, instanceId),
        historyOfTurn(
          database,
          id,
          token,
          { type: 'lifecycle.transfer.accepted', text: `Accepted by ${by}.` },
          now,
        ),
      ]);
      return (done?.meta.changes ?? 0) > 0;
    } catch (error) {
      if (error instanceof Error && /UNIQUE constraint failed/i.test(error.message)) return false;
      throw error;
    }
  },

  /** Notes what it replaces and by what; the first stays. */
  async setTerms(id: string, terms: { former: Terms; target: Terms }): Promise<void> {
    await database
      .prepare('UPDATE lifecycle_operations SET former = ?, target = ? WHERE id = ? AND former IS NULL')
      .bind(JSON.stringify(terms.former), JSON.stringify(terms.target), id)
      .run();
  },

  /** Registers what is about to be done to a step. Null: the operation is not at work any more. */
  async beginStep(
    operation: Pick<LifecycleRow, 'id' | 'direction'>,
    step: string,
    now: number,
  ): Promise<LifecycleStepRow | null> {
    const db = drizzle(database);
    await database
      .prepare(
        `INSERT INTO lifecycle_steps (operation_id, direction, step, instance_id, customer_id, state, begun_at)
         SELECT id, ?4, ?1, instance_id, customer_id, 'running', ?2 FROM lifecycle_operations
         WHERE id = ?3 AND state = 'running' ON CONFLICT DO NOTHING`,
      )
      .bind(step, now, operation.id, operation.direction)
      .run();
    const row = await db
      .select()
      .from(lifecycleSteps)
      .where(
        and(
          eq(lifecycleSteps.operationId, operation.id),
          eq(lifecycleSteps.direction, operation.direction),
          eq(lifecycleSteps.step, step),
        ),
      )
      .get();
    return row ?? null;
  },

  /** Keeps what a step leaves; the first stays and is answered. */
  async keepOutput(key: LifecycleStepKey, sealedOutput: string): Promise<string> {
    const [, found] = await database.batch<{ sealedOutput: string }>([
      database
        .prepare(
          `UPDATE lifecycle_steps SET sealed_output = ?1 WHERE operation_id = ?2 AND direction = ?3 AND step = ?4
             AND sealed_output IS NULL`,
        )
        .bind(sealedOutput, key.operationId, key.direction, key.step),
      database
        .prepare(
          `SELECT sealed_output AS sealedOutput FROM lifecycle_steps
           WHERE operation_id = ? AND direction = ? AND step = ?`,
        )
        .bind(key.operationId, key.direction, key.step),
    ]);
    return found?.results[0]?.sealedOutput ?? sealedOutput;
  },

  async endStep(key: LifecycleStepKey, state: 'done' | 'skipped', now: number): Promise<void> {
    await database
      .prepare(
        `UPDATE lifecycle_steps SET state = ?, done_at = ?
         WHERE operation_id = ? AND direction = ? AND step = ? AND state = 'running'`,
      )
      .bind(state, now, key.operationId, key.direction, key.step)
      .run();
  },
});

export type LifecycleStepKey = Pick<LifecycleStepRow, 'operationId' | 'direction' | 'step'>;
