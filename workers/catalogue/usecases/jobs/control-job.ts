import type { JobState } from '#shared/contracts/http/catalogue-jobs.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../../ports.ts';
import type { JobRow } from '../../queries/jobs.ts';

export type JobFailure =
  | { code: 'unknown_job' }
  | { code: 'not_in_state'; state: JobState }
  | { code: 'source_busy'; jobId: string }
  /** The `Idempotency-Key` stands for another request. */
  | { code: 'key_reused' };
type ControlPorts = Pick<Ports, 'jobs' | 'clock' | 'startJob'>;

/** Which states a job is brought from and to. Safe to repeat: what is there already is answered as it is. */
const MOVES = {
  cancel: { from: ['running', 'awaiting_confirmation', 'stopped', 'failed'], to: 'cancelled' },
  resume: { from: ['stopped', 'failed', 'cancelled'], to: 'running' },
  confirm: { from: ['awaiting_confirmation'], to: 'running' },
} as const satisfies Record<string, { from: readonly JobState[]; to: JobState }>;
export type JobMove = keyof typeof MOVES;

/** Cancels a job, makes it go on from where it stopped, or says yes to what it asked. What was written stays written. */
export async function controlJob(
  ports: ControlPorts,
  id: string,
  move: JobMove,
): Promise<Result<JobRow, JobFailure>> {
  const job = await ports.jobs.read(id);
  if (job === null) return fail({ code: 'unknown_job' });
  const { from, to } = MOVES[move];
  if (job.state === to) return ok(job);
  if (move === 'resume' && job.fileKey === null && job.kind === 'import')
    return fail({ code: 'unknown_job' });
  try {
    const moved = await ports.jobs.move(id, { from, to, nowMs: ports.clock.now() });
    if (moved === null) return fail({ code: 'not_in_state', state: job.state });
    if (moved.state === 'running') await ports.startJob(id, 0);
    return ok(moved);
  } catch (error) {
    if (!isSourceBusy(error)) throw error;
    return fail({ code: 'source_busy', jobId: (await ports.jobs.activeImport(job.source ?? ''))?.id ?? '' });
  }
}

const isSourceBusy = (error: unknown): boolean =>
  /UNIQUE constraint failed: (?:index '|catalogue_jobs\.)/.test(
    error instanceof Error ? `${error.message} ${String(error.cause)}` : '',
  );
