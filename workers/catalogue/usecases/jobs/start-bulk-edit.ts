import type { BulkOptions } from '#shared/contracts/http/bulk-edits.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Ports } from '../../ports.ts';
import type { JobRow } from '../../queries/jobs.ts';
import type { JobFailure } from './control-job.ts';
import { BULK_BEGINNING } from './run-bulk-edit.ts';

type StartPorts = Pick<Ports, 'jobs' | 'clock' | 'requestId'>;

/** Makes a job of editing products. */
export async function startBulkEdit(
  ports: StartPorts,
  { options, dryRun, createdBy }: { options: BulkOptions; dryRun: boolean; createdBy: string },
): Promise<JobRow> {
  const nowMs = ports.clock.now();
  const job = await ports.jobs.create({
    id: newId('catalogueJob'),
    kind: 'bulk_edit',
    state: 'running',
    phase: 'selecting',
    dryRun,
    options: JSON.stringify(options),
    place: JSON.stringify(BULK_BEGINNING),
    step: 0,
    createdBy,
    requestId: ports.requestId,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  if (job === null) throw new Error('a bulk edit was not created');
  return job;
}

/** Makes a job of giving each product an edit changed its version before, unless it was changed since. */
export async function undoBulkEdit(
  ports: StartPorts,
  id: string,
  createdBy: string,
): Promise<Result<JobRow, JobFailure>> {
  const job = await ports.jobs.read(id);
  if (job === null || job.kind !== 'bulk_edit' || job.dryRun) return fail({ code: 'unknown_job' });
  if (job.endedAtMs === null) return fail({ code: 'not_in_state', state: job.state });
  return ok(await startBulkEdit(ports, { options: { undoOf: id }, dryRun: false, createdBy }));
}
