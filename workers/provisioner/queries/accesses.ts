import { and, asc, eq, isNotNull, lte, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { accesses, suspensions } from '#shared/db/store.ts';
import type { InstanceSuspensionReason, SuspensionCause } from '#shared/domain/suspension.ts';
import { type Move, moveStatements, noteStatement } from './instances.ts';
import { type NewReport, reportOfAccess } from './reports.ts';
import { type NewTask, openTaskStatement, withdrawAccessTasks } from './tasks.ts';

export type AccessRow = typeof accesses.$inferSelect;
export type SuspensionRow = typeof suspensions.$inferSelect;

export interface Wish {
  instanceId: string;
  orderId: string;
  lineId: string;
  cause: SuspensionCause;
  wanted: boolean;
  /** Of the order; null: an operator's, of whom there is one word at a time: the last. */
  sequence: number | null;
  reason: InstanceSuspensionReason;
  note: string | null;
  by: string | null;
  requestId: string;
  now: number;
  /** For the instance's history. */
  history?: { type: string; text: string };
}

/** A newer wish of one cause takes the place of the older; an operator's says nothing new unless it turns. */
const WISH = `INSERT INTO suspensions (instance_id, cause, wanted, sequence, reason, note, by_id, since)
  VALUES (?1, ?2, ?3, COALESCE(?4, 1), ?5, ?6, ?7, ?8)
  ON CONFLICT (instance_id, cause) DO UPDATE SET wanted = excluded.wanted, reason = excluded.reason,
    note = excluded.note, by_id = excluded.by_id, sequence = COALESCE(?4, suspensions.sequence + 1),
    since = CASE suspensions.wanted WHEN excluded.wanted THEN suspensions.since ELSE excluded.since END
  WHERE CASE WHEN ?4 IS NULL THEN suspensions.wanted <> excluded.wanted ELSE ?4 > suspensions.sequence END`;

/** Which cause names the reason: an order's before staff's, before those of its own life. */
const RANK = `CASE WHEN cause LIKE 'order%' THEN 0 WHEN cause = 'operator' THEN 1 WHEN cause = 'end' THEN 2
  WHEN cause = 'term' THEN 3 ELSE 4 END, cause`;

/**
 * What all causes together want, the order's reason before an operator's. A change is another round, and so is asking once
 * more for what got stuck. Nothing is to be done about a first wish that wants nothing suspended.
 */
const COMBINE = `INSERT INTO accesses (instance_id, order_id, line_id, round, suspended, reason, state, due_at, request_id,
    updated_at)
  SELECT ?1, ?2, ?3, 1, wanted, reason, CASE wanted WHEN 1 THEN 'pending' ELSE 'done' END,
    CASE wanted WHEN 1 THEN ?5 END, ?4, ?5
  FROM (SELECT wanted, reason FROM suspensions WHERE instance_id = ?1 ORDER BY wanted DESC, ${RANK} LIMIT 1)
  WHERE true
  ON CONFLICT (instance_id) DO UPDATE SET round = accesses.round + 1, suspended = excluded.suspended,
    reason = excluded.reason, state = 'pending', attempts = 0, due_at = ?5, request_id = excluded.request_id,
    updated_at = excluded.updated_at
  WHERE accesses.suspended <> excluded.suspended OR accesses.state = 'stuck'
    OR (excluded.suspended = 1 AND accesses.reason <> excluded.reason)`;

const STANDING = `SELECT instance_id AS instanceId, order_id AS orderId, line_id AS lineId, round, suspended, reason, state,
  request_id AS requestId FROM accesses WHERE instance_id = ?`;
/** What a round is, as far as it is needed to carry it out and to tell of it. */
export type Standing = Pick<
  AccessRow,
  'instanceId' | 'orderId' | 'lineId' | 'round' | 'suspended' | 'reason' | 'state' | 'requestId'
>;
type StandingRow = Omit<Standing, 'suspended'> & { suspended: 0 | 1 };

/** Writes down what all causes together want now. Safe to repeat. */
export const combineStatement = (
  database: D1Database,
  subject: Pick<Wish, 'instanceId' | 'orderId' | 'lineId' | 'requestId' | 'now'>,
): D1PreparedStatement =>
  database
    .prepare(COMBINE)
    .bind(subject.instanceId, subject.orderId, subject.lineId, subject.requestId, subject.now);

export const accessQueries = (database: D1Database) => ({
  /** Writes a wish down and what follows from all of them. Answers with how that stands. */
  async wish(wish: Wish): Promise<Standing> {
    const { instanceId, now } = wish;
    const results = await database.batch<StandingRow>([
      database
        .prepare(WISH)
        .bind(
          instanceId,
          wish.cause,
          wish.wanted ? 1 : 0,
          wish.sequence,
          wish.reason,
          wish.note,
          wish.by,
          now,
        ),
      combineStatement(database, wish),
      ...(wish.history === undefined ? [] : [noteStatement(database, instanceId, wish.history, now)]),
      database.prepare(STANDING).bind(instanceId),
    ]);
    const row = results.at(-1)?.results[0];
    if (row === undefined) throw new Error('a suspension was lost');
    return { ...row, suspended: row.suspended === 1 };
  },

  async get(instanceId: string): Promise<AccessRow | null> {
    const db = drizzle(database);
    return (await db.select().from(accesses).where(eq(accesses.instanceId, instanceId)).get()) ?? null;
  },

  /** Causes that stand, the order's first. */
  causes(instanceId: string): Promise<SuspensionRow[]> {
    return drizzle(database)
      .select()
      .from(suspensions)
      .where(and(eq(suspensions.instanceId, instanceId), eq(suspensions.wanted, true)))
      .orderBy(sql.raw(RANK));
  },

  /** Takes what is due of one instance, for as long as `until`: of two that try one gets it. */
  async take(instanceId: string, now: number, until: number): Promise<AccessRow | null> {
    const [taken] = await drizzle(database)
      .update(accesses)
      .set({ dueAt: until, updatedAt: now })
      .where(
        and(eq(accesses.instanceId, instanceId), eq(accesses.state, 'pending'), lte(accesses.dueAt, now)),
      )
      .returning();
    return taken ?? null;
  },

  /** Due anywhere, oldest first. */
  due(now: number, limit: number): Promise<AccessRow[]> {
    return drizzle(database)
      .select()
      .from(accesses)
      .where(and(isNotNull(accesses.dueAt), lte(accesses.dueAt, now)))
      .orderBy(asc(accesses.dueAt))
      .limit(limit);
  },

  /** Puts the instance out of its owner's reach and says why, if this round is still the newest. */
  async shut(move: Move & { to: 'suspended'; round: number }): Promise<void> {
    await database.batch([
      ...moveStatements(database, move),
      database
        .prepare(
          `UPDATE instances SET detail = ?1, updated_at = ?2 WHERE id = ?3 AND state = 'suspended' AND detail <> ?1
           AND EXISTS (SELECT 1 FROM accesses WHERE instance_id = ?3 AND round = ?4)`,
        )
        .bind(move.detail, move.now, move.id, move.round),
    ]);
  },

  /** Ends a round: the instance is moved, the order will be told. Nothing happens when there is a newer one. */
  async end(
    { instanceId, round }: Pick<AccessRow, 'instanceId' | 'round'>,
    end: {
      state: 'done' | 'stuck';
      move: (Move & { round: number }) | null;
      report: NewReport | null;
      /** What a person is asked about it. */
      task?: NewTask;
    },
    now: number,
  ): Promise<void> {
    await database.batch([
      ...(end.move === null ? [] : moveStatements(database, end.move)),
      database
        .prepare(
          `UPDATE accesses SET state = ?, due_at = NULL, told = told + 1, updated_at = ? WHERE instance_id = ? AND round = ?`,
        )
        .bind(end.state, now, instanceId, round),
      withdrawAccessTasks(database, instanceId),
      ...(end.task === undefined ? [] : [openTaskStatement(database, end.task, now)]),
      ...(end.report === null ? [] : [reportOfAccess(database, end.report, round, now)]),
    ]);
  },

  /** There is nothing yet to suspend or resume. */
  async wait({ instanceId, round }: AccessRow): Promise<void> {
    await database
      .prepare(
        `UPDATE accesses SET state = 'waiting', due_at = NULL WHERE instance_id = ? AND round = ? AND state = 'pending'`,
      )
      .bind(instanceId, round)
      .run();
  },

  /** A person wants what got stuck tried again: another round. Nothing where it is not stuck any more. */
  async again(instanceId: string, now: number): Promise<void> {
    await database
      .prepare(
        `UPDATE accesses SET state = 'pending', attempts = 0, round = round + 1, due_at = ?1, updated_at = ?1
         WHERE instance_id = ?2 AND state = 'stuck'`,
      )
      .bind(now, instanceId)
      .run();
  },

  async tryAgain({ instanceId, round }: AccessRow, at: number): Promise<void> {
    await database
      .prepare(
        `UPDATE accesses SET due_at = ?, attempts = attempts + 1 WHERE instance_id = ? AND round = ? AND state = 'pending'`,
      )
      .bind(at, instanceId, round)
      .run();
  },

  /**
   * Gives the customer what was made, unless it was to be suspended before: then he never sees it. `waited`: that is now to
   * be carried out.
   */
  async activate(
    move: Move,
    suspended: Omit<Move, 'id' | 'to'>,
  ): Promise<{ moved: boolean; waited: boolean }> {
    const done = await database.batch([
      ...moveStatements(database, move),
      ...moveStatements(database, { ...suspended, id: move.id, to: 'suspended', isWanted: true }),
      database
        .prepare(
          `UPDATE accesses SET state = 'pending', due_at = ? WHERE instance_id = ? AND state = 'waiting'`,
        )
        .bind(move.now, move.id),
    ]);
    const wrote = (result: D1Result | undefined): boolean => (result?.meta.changes ?? 0) > 0;
    return { moved: wrote(done[0]), waited: wrote(done.at(-1)) };
  },
});
