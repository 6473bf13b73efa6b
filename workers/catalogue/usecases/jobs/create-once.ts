import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Ports } from '../../ports.ts';
import type { JobRow } from '../../queries/jobs.ts';
import type { JobFailure } from './control-job.ts';

export type StartPorts = Pick<Ports, 'jobs' | 'clock' | 'requestId'>;

/** Who asks for a job, and by which `Idempotency-Key`. */
export interface Asked {
  createdBy: string;
  idempotencyKey: string;
}
export interface StartedJob {
  job: JobRow;
  /** It was begun by the same request before. */
  isRepeated: boolean;
}

/** Makes a job that is begun at once; the same request sent again, for as long as the job is kept, answers that job. */
export async function createOnce(
  ports: StartPorts,
  asked: Asked,
  wanted: { kind: 'export' | 'bulk_edit'; phase: string; dryRun: boolean; options: unknown; place: unknown },
): Promise<Result<StartedJob, JobFailure>> {
  const nowMs = ports.clock.now();
  const { kind, phase, dryRun } = wanted;
  const options = JSON.stringify(wanted.options);
  const made = await ports.jobs.create({
    ...asked,
    id: newId('catalogueJob'),
    kind,
    state: 'running',
    phase,
    dryRun,
    options,
    place: JSON.stringify(wanted.place),
    step: 0,
    requestId: ports.requestId,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  if (made !== null) return ok({ job: made, isRepeated: false });
  const before = await ports.jobs.askedBefore(asked);
  const isSame = before?.kind === kind && before.dryRun === dryRun && before.options === options;
  return before !== null && isSame ? ok({ job: before, isRepeated: true }) : fail({ code: 'key_reused' });
}
