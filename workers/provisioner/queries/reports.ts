import { and, asc, eq, inArray, isNotNull, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { CHANGED_TAKEN_BACK } from '#shared/contracts/instance-changes.ts';
import type { ProvisioningResultMessage } from '#shared/contracts/messages.ts';
import { reports } from '#shared/db/store.ts';

export type ReportType = Exclude<ProvisioningResultMessage['type'], 'line.started'>;
export interface NewReport {
  type: ReportType;
  instanceId: string;
  orderId: string;
  lineId: string;
  code: string | null;
  /** What a code is filled in with, in other languages than `detail`. */
  params?: Record<string, string>;
  detail: string;
  requestId: string;
}
export type Report = typeof reports.$inferSelect;

const INSERT = `INSERT INTO reports (instance_id, type, order_id, line_id, code, params, detail, request_id, due_at)`;
/** A report told again (the order asked once more) counts as new: another round, due at once. */
const AGAIN = `ON CONFLICT (instance_id, type) DO UPDATE SET code = excluded.code, params = excluded.params, detail = excluded.detail,
  request_id = excluded.request_id, due_at = excluded.due_at, sent = 0, round = reports.round + 1`;

const values = (report: NewReport, now: number) => [
  report.instanceId,
  report.type,
  report.orderId,
  report.lineId,
  report.code,
  report.params === undefined ? null : JSON.stringify(report.params),
  report.detail,
  report.requestId,
  now,
];

/** Writes a report down if the instance's last change of state is the one named: for the batch that makes the change. */
export const reportWithTransition = (
  database: D1Database,
  report: NewReport,
  transition: string,
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `${INSERT} SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?
       WHERE EXISTS (SELECT 1 FROM instances WHERE id = ? AND transition = ?) ${AGAIN}`,
    )
    .bind(...values(report, now), report.instanceId, transition);

/**
 * News about a suspension, if its round is still the newest: with the newest wish of the order that was heard, and a number
 * by which the order knows older news. Call after `told` was counted.
 */
export const reportOfAccess = (
  database: D1Database,
  report: NewReport,
  round: number,
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO reports (instance_id, type, order_id, line_id, code, params, detail, request_id, due_at, sequence, revision)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?,
         COALESCE((SELECT sequence FROM suspensions WHERE instance_id = accesses.instance_id AND cause = 'order'), 0), told
       FROM accesses WHERE instance_id = ? AND round = ? ${AGAIN}, sequence = excluded.sequence, revision = excluded.revision`,
    )
    .bind(...values(report, now), report.instanceId, round);

export const reportAlways = (database: D1Database, report: NewReport, now: number): D1PreparedStatement =>
  database.prepare(`${INSERT} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ${AGAIN}`).bind(...values(report, now));

/** News about a suspension that an order asked for by a cause of its own, with the newest wish of it that was heard. */
const reportOfCause = (
  database: D1Database,
  report: NewReport,
  { instanceId, cause }: { instanceId: string; cause: string },
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO reports (instance_id, type, order_id, line_id, code, params, detail, request_id, due_at, sequence, revision)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, sequence, sequence FROM suspensions WHERE instance_id = ? AND cause = ?
       ${AGAIN}, sequence = excluded.sequence, revision = excluded.revision`,
    )
    .bind(...values(report, now), instanceId, cause);

/**
 * Tells every order that was paid for a change of an instance that it was taken back with the order that made it. Again each
 * time: an order that knows does nothing.
 */
export const reportToChangers = (
  database: D1Database,
  { instanceId, requestId }: { instanceId: string; requestId: string },
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `${INSERT} SELECT handle, 'line.stuck', order_id, line_id, ?1, NULL, ?2, ?3, ?4 FROM lifecycle_operations
       WHERE instance_id = ?5 AND handle IS NOT NULL AND order_id IS NOT NULL AND line_id IS NOT NULL AND state = 'done'
       ${AGAIN}, sequence = NULL, revision = NULL`,
    )
    .bind(CHANGED_TAKEN_BACK, 'What it changed was taken back.', requestId, now, instanceId);

/** The order has acted on these, so they need not be sent again. */
export const acknowledge = (
  database: D1Database,
  instanceId: string,
  types: readonly ReportType[],
): D1PreparedStatement =>
  database
    .prepare(
      `UPDATE reports SET due_at = NULL WHERE instance_id = ? AND type IN (SELECT value FROM json_each(?))`,
    )
    .bind(instanceId, JSON.stringify(types));

export const reportQueries = (database: D1Database) => ({
  putToChangers: async (of: { instanceId: string; requestId: string }, now: number): Promise<void> => {
    await reportToChangers(database, of, now).run();
  },
  put: async (report: NewReport, now: number): Promise<void> => {
    await reportAlways(database, report, now).run();
  },
  putOfCause: async (
    report: NewReport,
    of: { instanceId: string; cause: string },
    now: number,
  ): Promise<void> => {
    await reportOfCause(database, report, of, now).run();
  },
  /** Due reports of one instance, once those that the order has acted on are not due any more. */
  dueOf: async (instanceId: string, now: number, heard: readonly ReportType[]): Promise<Report[]> => {
    const db = drizzle(database);
    const due = db
      .select()
      .from(reports)
      .where(and(eq(reports.instanceId, instanceId), isNotNull(reports.dueAt), lte(reports.dueAt, now)));
    if (heard.length === 0) return due;
    const acknowledged = db
      .update(reports)
      .set({ dueAt: null })
      .where(and(eq(reports.instanceId, instanceId), inArray(reports.type, heard)));
    const [, found] = await db.batch([acknowledged, due]);
    return found;
  },
  due: (now: number, limit: number): Promise<Report[]> =>
    drizzle(database)
      .select()
      .from(reports)
      .where(and(isNotNull(reports.dueAt), lte(reports.dueAt, now)))
      .orderBy(asc(reports.dueAt))
      .limit(limit),
  /** Notes that reports were sent and when each is due again; null: never. A newer round is left alone. */
  sent: async (told: readonly { report: Report; dueAt: number | null }[]): Promise<void> => {
    if (told.length === 0) return;
    const update = database.prepare(
      `UPDATE reports SET sent = sent + 1, due_at = ? WHERE instance_id = ? AND type = ? AND round = ? AND due_at = ?`,
    );
    await database.batch(
      told.map(({ report, dueAt }) =>
        update.bind(dueAt, report.instanceId, report.type, report.round, report.dueAt),
      ),
    );
  },
});
