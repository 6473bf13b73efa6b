import type { AuthoredContext } from './availability.ts';
import {
  claimProducts,
  countRefusedRows,
  countUnnamed,
  firstSegments,
  type FoundSegment,
  gatherSegments,
  noteUnnamed,
  refuseStrays,
  type Stray,
  type UnnamedProduct,
  unnamedProducts,
} from './import-items.ts';
import {
  activeImport,
  askedBefore,
  commitStep,
  countFailure,
  createJob,
  forgetFile,
  forgetOldJobs,
  itemsToDo,
  jobsAskedBy,
  jobsWithOldFiles,
  type ItemOutcome,
  type JobChange,
  type JobRow,
  listItems,
  listJobs,
  moveJob,
  noteProducts,
  readItem,
  readJob,
  silentJobs,
} from './jobs.ts';
import {
  archiveStatements,
  type DeclaredStock,
  declareStatements,
  type ProductWrite,
  writeStatements,
} from './write-products.ts';

/** What a step writes to the catalogue and what becomes of its items by that. */
export interface StepWrites {
  writes: readonly ProductWrite[];
  declared: readonly DeclaredStock[];
  /** Those with `written` in the order of `writes`. */
  outcomes: readonly ItemOutcome[];
  change: JobChange;
}

/** Jobs and their items as use cases see them. Each `commit…` is one step: one atomic batch. */
export const jobStore = (database: D1Database) => {
  let session: D1DatabaseSession | null = null;
  const primary = () => (session ??= database.withSession('first-primary'));
  const commit = (
    job: JobRow,
    step: Partial<Omit<Parameters<typeof commitStep>[2], 'nowMs'>>,
    nowMs: number,
  ): Promise<JobRow> =>
    commitStep(primary(), job, { change: {}, statements: [], outcomes: [], token: null, ...step, nowMs });
  return {
    create: (job: Parameters<typeof createJob>[1]) => createJob(primary(), job),
    read: (id: string) => readJob(primary(), id),
    activeImport: (source: string) => activeImport(primary(), source),
    list: (page: Parameters<typeof listJobs>[1]) => listJobs(primary(), page),
    items: (page: Parameters<typeof listItems>[1]) => listItems(primary(), page),
    item: (id: string, position: number) => readItem(primary(), id, position),
    /** Items whose products a job has changed, after a position. */
    updatedItems: (jobId: string, after: number, limit: number) =>
      listItems(primary(), { jobId, result: 'updated', after, limit }),
    itemsToDo: (id: string, limit: number) => itemsToDo(primary(), id, limit),
    move: (id: string, move: Parameters<typeof moveJob>[2]) => moveJob(primary(), id, move),
    askedBy: (page: Parameters<typeof jobsAskedBy>[1]) => jobsAskedBy(primary(), page),
    askedBefore: (asked: Parameters<typeof askedBefore>[1]) => askedBefore(primary(), asked),
    countFailure: (job: JobRow, failure: Parameters<typeof countFailure>[2]) =>
      countFailure(primary(), job, failure),
    silent: (beforeMs: number) => silentJobs(primary(), beforeMs),
    withOldFiles: (endedBeforeMs: number) => jobsWithOldFiles(primary(), endedBeforeMs),
    forgetFile: (id: string) => forgetFile(primary(), id),
    forgetOld: (old: Parameters<typeof forgetOldJobs>[1]) => forgetOldJobs(primary(), old),
    countUnnamed: (of: Parameters<typeof countUnnamed>[1]) => countUnnamed(primary(), of),
    unnamed: (page: Parameters<typeof unnamedProducts>[1]) => unnamedProducts(primary(), page),

    commit: (job: JobRow, change: JobChange, nowMs: number) => commit(job, { change }, nowMs),

    /** What a bulk edit is about. */
    commitSelection: (
      job: JobRow,
      products: readonly { position: number; id: string }[],
      change: JobChange,
      nowMs: number,
    ) => commit(job, { change, statements: [noteProducts(primary(), job.id, products)] }, nowMs),

    /** What a window of the file named. */
    commitScan: (
      job: JobRow,
      scan: { segments: readonly FoundSegment[]; strays: readonly Stray[]; repeats: 'one' | 'refused' },
      change: JobChange,
      nowMs: number,
    ) =>
      commit(
        job,
        {
          change,
          statements: [
            ...(scan.repeats === 'one'
              ? [gatherSegments(primary(), job.id, scan.segments)]
              : firstSegments(primary(), job.id, scan.segments)),
            refuseStrays(primary(), job.id, scan.strays),
            ...(change.countsItems === true ? [countRefusedRows(primary(), job.id)] : []),
          ],
        },
        nowMs,
      ),

    commitWrites: (
      job: JobRow,
      { writes, declared, outcomes, change }: StepWrites,
      context: AuthoredContext,
    ) => {
      const written = writes.length === 0 ? null : writeStatements(primary(), writes, context);
      const ids = [...(written?.ids ?? [])];
      const resolved = outcomes.map((outcome) =>
        outcome.written ? { ...outcome, productId: ids.shift() ?? outcome.productId } : outcome,
      );
      const stated = resolved.flatMap(({ result, productId }) =>
        result === 'refused' || result === 'skipped' || productId === null ? [] : [productId],
      );
      const claims = job.source === null || job.dryRun || stated.length === 0;
      return commit(
        job,
        {
          change,
          outcomes: resolved,
          token: written?.token ?? null,
          statements: [
            ...(written?.statements ?? []),
            ...(declared.length === 0 ? [] : declareStatements(primary(), declared, context)),
            ...(claims ? [] : [claimProducts(primary(), job.source ?? '', stated)]),
          ],
        },
        context.nowMs,
      );
    },

    /** Archives products the file does not name, and notes each as an item. */
    commitArchive: (
      job: JobRow,
      products: readonly (UnnamedProduct & { position: number })[],
      change: JobChange,
      context: AuthoredContext,
    ) => {
      const archived = products.map(({ id, version }) => ({ id, readVersion: version }));
      const { token, statements } = archiveStatements(primary(), archived, context);
      const outcomes = products.map(({ id, version, position }): ItemOutcome => ({
        position,
        result: 'archived',
        productId: id,
        versionBefore: version,
        written: !job.dryRun,
        report: { faults: [], notes: [], changes: [] },
      }));
      return commit(
        job,
        {
          change,
          outcomes,
          token,
          statements: [noteUnnamed(primary(), job.id, products), ...(job.dryRun ? [] : statements)],
        },
        context.nowMs,
      );
    },
  };
};
