import { log } from '#shared/observability/log.ts';
import { JOB_FAILURES_MAX, JOB_RUN_MS, JOB_RUN_STEPS_MAX, JOB_STEPS_A_DRAIN } from '../../limits.ts';
import { type JobRow, StepSuperseded } from '../../queries/jobs.ts';
import { drainOutbox } from '../drain-outbox.ts';
import type { JobPorts } from './ports.ts';
import { stepBulkEdit } from './run-bulk-edit.ts';
import { stepExport } from './run-export.ts';
import { stepImport } from './run-import.ts';

/**
 * Takes some steps of a job, from wherever it stands; true when more are to come. Each step is done once, whoever else
 * takes steps meanwhile. What the steps owe to search, caches and stock is performed on the way.
 */
export async function runJob(ports: JobPorts, jobId: string): Promise<boolean> {
  const until = ports.clock.now() + JOB_RUN_MS;
  let job = await ports.jobs.read(jobId);
  for (let steps = 0; job?.state === 'running'; steps += 1) {
    if (steps === JOB_RUN_STEPS_MAX || ports.clock.now() >= until) return true;
    job = await stepOnce(inNameOf(ports, job), job);
    if ((steps + 1) % JOB_STEPS_A_DRAIN === 0) await perform(ports, job);
  }
  if (job !== null) await perform(ports, job);
  return false;
}

/** Its products are changed in the name of whoever asked for it. */
const inNameOf = (ports: JobPorts, job: JobRow): JobPorts => ({
  ...ports,
  requestId: job.requestId,
  author: {
    actorId: job.createdBy,
    reason: job.kind === 'bulk_edit' ? 'bulk_edit' : 'import',
    jobId: job.id,
    restoredFrom: null,
  },
});

function step(ports: JobPorts, job: JobRow): Promise<JobRow> {
  switch (job.kind) {
    case 'import':
      return stepImport(ports, job);
    case 'export':
      return stepExport(ports, job);
    case 'bulk_edit':
      return stepBulkEdit(ports, job);
  }
}

async function stepOnce(ports: JobPorts, job: JobRow): Promise<JobRow | null> {
  try {
    return await step(ports, job);
  } catch (error) {
    if (error instanceof StepSuperseded) return ports.jobs.read(job.id);
    const detail = 'A step failed and is tried again; the log tells why under the request id.';
    const nowMs = ports.clock.now();
    await ports.jobs.countFailure(job, { detail, failuresMax: JOB_FAILURES_MAX, nowMs });
    throw error;
  }
}

/** When it fails the steps stand all the same, and the cron makes up for it. */
async function perform(ports: JobPorts, job: JobRow | null): Promise<void> {
  if (job === null || job.dryRun || job.kind === 'export') return;
  await drainOutbox(ports).catch((error: unknown) =>
    log.error('outbox not drained', { requestId: job.requestId, jobId: job.id, error }),
  );
}
