import type { BulkOptions } from '#shared/contracts/http/bulk-edits.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { JobFailure } from './control-job.ts';
import { type Asked, createOnce, type StartedJob, type StartPorts } from './create-once.ts';
import { BULK_BEGINNING } from './run-bulk-edit.ts';

/** Makes a job of editing products. */
export const startBulkEdit = (
  ports: StartPorts,
  asked: Asked,
  { options, dryRun }: { options: BulkOptions; dryRun: boolean },
): Promise<Result<StartedJob, JobFailure>> =>
  createOnce(ports, asked, { kind: 'bulk_edit', phase: 'selecting', dryRun, options, place: BULK_BEGINNING });

/** Makes a job of giving each product an edit changed its version before, unless it was changed since. */
export async function undoBulkEdit(
  ports: StartPorts,
  asked: Asked,
  id: string,
): Promise<Result<StartedJob, JobFailure>> {
  const job = await ports.jobs.read(id);
  if (job === null || job.kind !== 'bulk_edit' || job.dryRun) return fail({ code: 'unknown_job' });
  if (job.endedAtMs === null) return fail({ code: 'not_in_state', state: job.state });
  return startBulkEdit(ports, asked, { options: { undoOf: id }, dryRun: false });
}
