import { and, asc, desc, eq, getTableColumns, gt, lt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { catalogueJobItems, catalogueJobs } from '#shared/db/catalogue.ts';
import type { JobKind, JobReport, JobResult, JobState } from '#shared/contracts/http/catalogue-jobs.ts';
import { runUnique } from './write-products.ts';

export type JobRow = typeof catalogueJobs.$inferSelect;
export type ItemRow = typeof catalogueJobItems.$inferSelect;

/** What a step changes of its job beside the results it counts; what is left out stays. */
export interface JobChange {
  state?: JobState;
  phase?: string;
  place?: unknown;
  /** Added. */
  rows?: number;
  detail?: string | null;
  file?: { key: string; bytes: number };
  /** Says how many items there are, once all are known. */
  countsItems?: boolean;
}

/** What became of an item. With `written`, only if the batch wrote its product; else the item is still to do. */
export interface ItemOutcome {
  position: number;
  result: JobResult;
  productId: string | null;
  versionBefore: number | null;
  written: boolean;
  report: JobReport;
}

const db = (session: D1DatabaseSession) => drizzle(session as unknown as D1Database);

/** Begins a job; null when another import of its source is under way, or its `idempotencyKey` has begun one before. */
export async function createJob(
  session: D1DatabaseSession,
  job: typeof catalogueJobs.$inferInsert,
): Promise<JobRow | null> {
  const [row] = await db(session).insert(catalogueJobs).values(job).onConflictDoNothing().returning();
  return row ?? null;
}

export async function readJob(session: D1DatabaseSession, id: string): Promise<JobRow | null> {
  return (await db(session).select().from(catalogueJobs).where(eq(catalogueJobs.id, id)).get()) ?? null;
}

/** The job somebody began with an `Idempotency-Key`. */
export async function askedBefore(
  session: D1DatabaseSession,
  { createdBy, idempotencyKey }: { createdBy: string; idempotencyKey: string },
): Promise<JobRow | null> {
  const found = await db(session)
    .select()
    .from(catalogueJobs)
    .where(and(eq(catalogueJobs.createdBy, createdBy), eq(catalogueJobs.idempotencyKey, idempotencyKey)))
    .get();
  return found ?? null;
}

/** What somebody began, oldest first. `after`: an id, exclusive. */
export const jobsAskedBy = (
  session: D1DatabaseSession,
  { createdBy, after, limit }: { createdBy: string; after: string; limit: number },
): Promise<JobRow[]> =>
  db(session)
    .select()
    .from(catalogueJobs)
    .where(and(eq(catalogueJobs.createdBy, createdBy), gt(catalogueJobs.id, after)))
    .orderBy(asc(catalogueJobs.id))
    .limit(limit)
    .all();

/** The import of a source that is under way. */
export async function activeImport(session: D1DatabaseSession, source: string): Promise<JobRow | null> {
  const active = sql`${catalogueJobs.state} IN ('running', 'awaiting_confirmation')`;
  const found = await db(session)
    .select()
    .from(catalogueJobs)
    .where(
      and(
        eq(catalogueJobs.source, source),
        eq(catalogueJobs.kind, 'import'),
        eq(catalogueJobs.dryRun, false),
        active,
      ),
    )
    .get();
  return found ?? null;
}

/** Newest first. */
export const listJobs = (
  session: D1DatabaseSession,
  page: { kind: JobKind | null; before: string | null; limit: number },
): Promise<JobRow[]> =>
  db(session)
    .select()
    .from(catalogueJobs)
    .where(
      and(
        page.kind === null ? undefined : eq(catalogueJobs.kind, page.kind),
        page.before === null ? undefined : lt(catalogueJobs.id, page.before),
      ),
    )
    .orderBy(desc(catalogueJobs.id))
    .limit(page.limit)
    .all();

/** By position; only those that are done. */
export async function listItems(
  session: D1DatabaseSession,
  page: { jobId: string; result: JobResult | null; after: number; limit: number },
): Promise<ItemRow[]> {
  const result =
    page.result === null
      ? sql`${catalogueJobItems.result} IS NOT NULL`
      : eq(catalogueJobItems.result, page.result);
  return db(session)
    .select()
    .from(catalogueJobItems)
    .where(
      and(
        eq(catalogueJobItems.jobId, page.jobId),
        sql`${catalogueJobItems.position} > ${page.after}`,
        result,
      ),
    )
    .orderBy(catalogueJobItems.position)
    .limit(page.limit)
    .all();
}

/**
 * The next items nothing became of yet, by position. The index is named because the planner takes the primary key for
 * cheaper, and would read all that is done already in each step.
 */
export async function itemsToDo(
  session: D1DatabaseSession,
  jobId: string,
  limit: number,
): Promise<ItemRow[]> {
  const { results } = await session
    .prepare(
      `SELECT ${ITEM_COLUMNS} FROM catalogue_job_items INDEXED BY catalogue_job_items_to_do
       WHERE job_id = ? AND result IS NULL ORDER BY position LIMIT ?`,
    )
    .bind(jobId, limit)
    .all<ItemRow>();
  return results;
}

export async function readItem(
  session: D1DatabaseSession,
  jobId: string,
  position: number,
): Promise<ItemRow | null> {
  const found = await db(session)
    .select()
    .from(catalogueJobItems)
    .where(and(eq(catalogueJobItems.jobId, jobId), eq(catalogueJobItems.position, position)))
    .get();
  return found ?? null;
}

/** Notes which products a job is about. */
export const noteProducts = (
  session: D1DatabaseSession,
  jobId: string,
  products: readonly { position: number; id: string }[],
): D1PreparedStatement =>
  session
    .prepare(
      `INSERT INTO catalogue_job_items (job_id, position, handle, product_id)
       SELECT ?1, r.value->>'position', p.handle, p.id FROM json_each(?2) AS r JOIN products AS p ON p.id = r.value->>'id'`,
    )
    .bind(jobId, JSON.stringify(products));

/** Thrown when a step is not the next one of its job, or the job does not run any more: nothing was done. */
export class StepSuperseded extends Error {
  override name = 'StepSuperseded';
}

/**
 * One step of a job: what it does and where the job stands afterwards are one atomic batch, so that a step that is
 * repeated, late or killed half-way is done once. Answers the job as it is then.
 *
 * Throws `StepSuperseded` and `UniqueConflict`; then nothing was done.
 */
export async function commitStep(
  session: D1DatabaseSession,
  job: JobRow,
  step: {
    change: JobChange;
    statements: readonly D1PreparedStatement[];
    outcomes: readonly ItemOutcome[];
    /** Carried by the products this batch has written. */
    token: string | null;
    nowMs: number;
  },
): Promise<JobRow> {
  const { change, outcomes, nowMs } = step;
  const hasEnded = change.state !== undefined && ENDED.has(change.state);
  try {
    const results = await runUnique(session, [
      session
        .prepare(GUARD)
        .bind(
          job.id,
          job.step,
          change.state ?? job.state,
          change.phase ?? job.phase,
          change.place === undefined ? job.place : JSON.stringify(change.place),
          change.rows ?? 0,
          change.detail === undefined ? job.detail : change.detail,
          change.file?.key ?? job.fileKey,
          change.file?.bytes ?? job.fileBytes,
          nowMs,
          hasEnded ? nowMs : null,
        ),
      ...step.statements,
      ...outcomeStatements(session, job, outcomes, step.token),
      ...(change.countsItems === true ? [session.prepare(COUNT_ITEMS).bind(job.id)] : []),
      session.prepare(`SELECT ${JOB_COLUMNS} FROM catalogue_jobs WHERE id = ?`).bind(job.id),
    ]);
    const [after] = (results.at(-1)?.results ?? []) as (Omit<JobRow, 'dryRun'> & { dryRun: number })[];
    if (after === undefined) throw new StepSuperseded(job.id);
    return { ...after, dryRun: after.dryRun === 1 };
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (message.includes('NOT NULL constraint failed: catalogue_jobs.step')) throw new StepSuperseded(job.id);
    throw error;
  }
}

const columnList = (columns: Readonly<Record<string, { name: string }>>): string =>
  Object.entries(columns)
    .map(([name, column]) => `${column.name} AS ${name}`)
    .join(', ');
const JOB_COLUMNS = columnList(getTableColumns(catalogueJobs));
const ITEM_COLUMNS = columnList(getTableColumns(catalogueJobItems));

const ENDED: ReadonlySet<JobState> = new Set(['stopped', 'failed', 'cancelled', 'completed']);

const GUARD = `UPDATE catalogue_jobs SET step = CASE WHEN step = ?2 AND state = 'running' THEN step + 1 END,
  state = ?3, phase = ?4, place = ?5, row_count = row_count + ?6, detail = ?7, file_key = ?8, file_bytes = ?9,
  failures = 0, updated_at_ms = ?10, ended_at_ms = ?11 WHERE id = ?1`;
const COUNT_ITEMS = `UPDATE catalogue_jobs SET item_count = (SELECT count(*) FROM catalogue_job_items WHERE job_id = ?1) WHERE id = ?1`;

const RESULTS = ['created', 'updated', 'unchanged', 'refused', 'skipped', 'archived'] as const;
const COUNTED = RESULTS.map(
  (result) => `${result} = ${result} + (SELECT count(*) FROM json_each(?2) AS r
  JOIN catalogue_job_items AS i ON i.job_id = ?1 AND i.position = r.value->>'position' WHERE i.result = '${result}')`,
);

function outcomeStatements(
  session: D1DatabaseSession,
  job: JobRow,
  outcomes: readonly ItemOutcome[],
  token: string | null,
): D1PreparedStatement[] {
  if (outcomes.length === 0) return [];
  const json = JSON.stringify(
    outcomes.map(({ report, ...outcome }) => ({ ...outcome, report: JSON.stringify(report) })),
  );
  return [
    session
      .prepare(
        `UPDATE catalogue_job_items SET result = r.value->>'result', product_id = coalesce(r.value->>'productId', product_id),
           version_before = r.value->>'versionBefore', report = r.value->>'report',
           version = CASE WHEN r.value->>'written' THEN (SELECT version FROM products WHERE id = r.value->>'productId') END
         FROM json_each(?2) AS r
         WHERE catalogue_job_items.job_id = ?1 AND catalogue_job_items.position = r.value->>'position'
           AND catalogue_job_items.result IS NULL
           AND (NOT r.value->>'written' OR EXISTS (SELECT 1 FROM products WHERE id = r.value->>'productId' AND write_token = ?3))`,
      )
      .bind(job.id, json, token),
    session.prepare(`UPDATE catalogue_jobs SET ${COUNTED.join(', ')} WHERE id = ?1`).bind(job.id, json),
  ];
}

/** Counts an attempt that failed, so that a job does not fail for ever in silence; the last one ends it. */
export async function countFailure(
  session: D1DatabaseSession,
  job: { id: string; step: number },
  failure: { detail: string; failuresMax: number; nowMs: number },
): Promise<void> {
  await session
    .prepare(
      `UPDATE catalogue_jobs SET failures = failures + 1, detail = ?3, updated_at_ms = ?5,
         state = CASE WHEN failures + 1 >= ?4 THEN 'failed' ELSE state END,
         ended_at_ms = CASE WHEN failures + 1 >= ?4 THEN ?5 END
       WHERE id = ?1 AND step = ?2 AND state = 'running'`,
    )
    .bind(job.id, job.step, failure.detail, failure.failuresMax, failure.nowMs)
    .run();
}

/** Brings a job from one of some states into another; null when it is in none of them. Throws when the source is busy. */
export async function moveJob(
  session: D1DatabaseSession,
  id: string,
  move: { from: readonly JobState[]; to: JobState; place?: unknown; nowMs: number },
): Promise<JobRow | null> {
  const hasEnded = ENDED.has(move.to);
  const place = move.place === undefined ? {} : { place: JSON.stringify(move.place) };
  const [row] = await db(session)
    .update(catalogueJobs)
    .set({
      state: move.to,
      step: sql`${catalogueJobs.step} + 1`,
      failures: 0,
      detail: null,
      updatedAtMs: move.nowMs,
      endedAtMs: hasEnded ? move.nowMs : null,
      ...place,
    })
    .where(
      and(
        eq(catalogueJobs.id, id),
        sql`${catalogueJobs.state} IN (SELECT value FROM json_each(${JSON.stringify(move.from)}))`,
      ),
    )
    .returning();
  return row ?? null;
}

/** Jobs that run and have not been heard of for a while. */
export const silentJobs = (session: D1DatabaseSession, beforeMs: number): Promise<JobRow[]> =>
  db(session)
    .select()
    .from(catalogueJobs)
    .where(and(eq(catalogueJobs.state, 'running'), lt(catalogueJobs.updatedAtMs, beforeMs)))
    .limit(20)
    .all();

/** Ended jobs whose time is over and that still have a file. */
export const jobsWithOldFiles = (session: D1DatabaseSession, endedBeforeMs: number): Promise<JobRow[]> =>
  db(session)
    .select()
    .from(catalogueJobs)
    .where(and(lt(catalogueJobs.endedAtMs, endedBeforeMs), sql`${catalogueJobs.fileKey} IS NOT NULL`))
    .limit(10)
    .all();

/** The file of a job is gone. */
export async function forgetFile(session: D1DatabaseSession, id: string): Promise<void> {
  await db(session).update(catalogueJobs).set({ fileKey: null }).where(eq(catalogueJobs.id, id));
}

/** Forgets some items of ended jobs whose time is over, and jobs that have none left. */
export async function forgetOldJobs(
  session: D1DatabaseSession,
  old: { endedBeforeMs: number; items: number },
): Promise<void> {
  const ended = 'SELECT id FROM catalogue_jobs WHERE ended_at_ms < ?1 AND file_key IS NULL';
  await session.batch([
    session
      .prepare(
        `DELETE FROM catalogue_job_items WHERE (job_id, position) IN (
           SELECT job_id, position FROM catalogue_job_items WHERE job_id IN (${ended}) LIMIT ?2)`,
      )
      .bind(old.endedBeforeMs, old.items),
    session
      .prepare(
        `DELETE FROM catalogue_jobs WHERE id IN (${ended})
           AND NOT EXISTS (SELECT 1 FROM catalogue_job_items WHERE job_id = catalogue_jobs.id)`,
      )
      .bind(old.endedBeforeMs),
  ]);
}
