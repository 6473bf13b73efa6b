import { and, asc, eq, isNotNull, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { instances, undoRequests } from '#shared/db/store.ts';
import { moveStatements, type InstanceRow, type Move } from './instances.ts';
import { type NewTask, openTaskStatement, withdrawTasks } from './tasks.ts';
import { callOffAll, wipeStatements } from './lifecycle-ends.ts';
import { acknowledge, reportAlways, reportToChangers, type NewReport } from './reports.ts';

export type UndoRow = typeof undoRequests.$inferSelect;
export interface NewUndo {
  instanceId: string;
  orderId: string;
  lineId: string;
  workflowId: string;
  reason: string;
  requestId: string;
  nudgeAt: number;
  /** The operation that ends it; absent: its order wants it back. */
  lifecycleId?: string | null;
}

const INSERT = `INSERT INTO undo_requests (instance_id, order_id, line_id, workflow_id, reason, state, round, request_id,
  requested_at, nudge_at, lifecycle_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10)`;

export const undoQueries = (database: D1Database) => {
  const insert = (undo: NewUndo, state: UndoRow['state'], conflict: string, now: number) =>
    database
      .prepare(`${INSERT} ON CONFLICT (instance_id) ${conflict}`)
      .bind(
        undo.instanceId,
        undo.orderId,
        undo.lineId,
        undo.workflowId,
        undo.reason,
        state,
        undo.requestId,
        now,
        state === 'running' ? undo.nudgeAt : null,
        undo.lifecycleId ?? null,
      );

  return {
    /**
     * Marks an instance for undoing, whether or not it exists yet: no step can begin from here on, and a line that never
     * started cannot start. A request that got stuck before begins another round.
     */
    async request(undo: NewUndo, move: Move): Promise<{ undo: UndoRow; instance: InstanceRow | null }> {
      await database.batch([
        insert(
          undo,
          'running',
          `DO UPDATE SET state = 'running', round = round + 1, request_id = excluded.request_id,
             nudge_at = excluded.nudge_at, finished_at = NULL WHERE undo_requests.state = 'stuck'`,
          move.now,
        ),
        // Its order asks as well: then it is told, whoever asked first.
        database
          .prepare(`UPDATE undo_requests SET lifecycle_id = NULL WHERE instance_id = ?1 AND ?2 IS NULL`)
          .bind(undo.instanceId, undo.lifecycleId ?? null),
        callOffAll(database, undo.instanceId, undo.lifecycleId ?? null, move.now),
        ...moveStatements(database, move),
        acknowledge(database, undo.instanceId, ['line.provisioned', 'line.failed', 'line.activated']),
      ]);
      const db = drizzle(database);
      const [[row], [instance]] = await db.batch([
        db.select().from(undoRequests).where(eq(undoRequests.instanceId, undo.instanceId)),
        db.select().from(instances).where(eq(instances.id, undo.instanceId)),
      ]);
      if (row === undefined) throw new Error('an undo request was lost');
      return { undo: row, instance: instance ?? null };
    },

    /** A line that changes an instance and has not begun to cannot begin any more: nothing of its own is there to undo. */
    async forbid(line: Omit<NewUndo, 'nudgeAt'>, now: number): Promise<void> {
      await database.batch([
        insert({ ...line, reason: '', nudgeAt: now }, 'done', 'DO NOTHING', now),
        acknowledge(database, line.instanceId, ['line.provisioned', 'line.failed', 'line.activated']),
      ]);
    },

    async get(instanceId: string): Promise<UndoRow | null> {
      const row = await drizzle(database)
        .select()
        .from(undoRequests)
        .where(eq(undoRequests.instanceId, instanceId))
        .get();
      return row ?? null;
    },

    /**
     * Ends a round well: the instance, if there is one, is undone, and the order will be told, if it asked, and so will
     * those that paid for changes of it. Nobody asks why any more.
     */
    async done(move: Move, report: NewReport | null): Promise<void> {
      await database.batch([
        ...moveStatements(database, move),
        database
          .prepare(
            `UPDATE undo_requests SET state = 'done', finished_at = ?, nudge_at = NULL, reason = '' WHERE instance_id = ?`,
          )
          .bind(move.now, move.id),
        withdrawTasks(database, move.id),
        ...(report === null
          ? wipeStatements(database, move.id, move.now)
          : [reportAlways(database, report, move.now), reportToChangers(database, report, move.now)]),
      ]);
    },

    /** Ends a round badly: a person has to look, or the order asks again. */
    async stuck(undo: NewUndo, move: Move, report: NewReport | null, task: NewTask | null): Promise<void> {
      await database.batch([
        insert(
          undo,
          'stuck',
          `DO UPDATE SET state = 'stuck', finished_at = excluded.requested_at, nudge_at = NULL
             WHERE undo_requests.state = 'running'`,
          move.now,
        ),
        ...moveStatements(database, move),
        database
          .prepare(`UPDATE instances SET detail = ?, updated_at = ? WHERE id = ? AND state = 'undoing'`)
          .bind(move.detail, move.now, move.id),
        ...(report === null ? [] : [reportAlways(database, report, move.now)]),
        ...(task === null ? [] : [openTaskStatement(database, task, move.now)]),
      ]);
    },

    toNudge(now: number, limit: number): Promise<UndoRow[]> {
      return drizzle(database)
        .select()
        .from(undoRequests)
        .where(and(isNotNull(undoRequests.nudgeAt), lte(undoRequests.nudgeAt, now)))
        .orderBy(asc(undoRequests.nudgeAt))
        .limit(limit);
    },

    async nudgeAgainAt(instanceId: string, at: number): Promise<void> {
      await database
        .prepare(`UPDATE undo_requests SET nudge_at = ? WHERE nudge_at IS NOT NULL AND instance_id = ?`)
        .bind(at, instanceId)
        .run();
    },
  };
};
