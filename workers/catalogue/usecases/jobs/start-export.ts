import { type ExportOptions, exportOptionsSchema } from '#shared/contracts/http/exports.ts';
import type { ImportFormat } from '#shared/contracts/http/imports.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Ports } from '../../ports.ts';
import type { JobRow } from '../../queries/jobs.ts';
import type { JobFailure } from './control-job.ts';
import { EXPORT_BEGINNING, partsOf } from './run-export.ts';

/** Makes a job of writing products to a file. */
export async function startExport(
  ports: Pick<Ports, 'jobs' | 'clock' | 'requestId'>,
  options: ExportOptions,
  createdBy: string,
): Promise<JobRow> {
  const nowMs = ports.clock.now();
  const job = await ports.jobs.create({
    id: newId('catalogueJob'),
    kind: 'export',
    state: 'running',
    phase: 'writing',
    dryRun: false,
    options: JSON.stringify(options),
    place: JSON.stringify(EXPORT_BEGINNING),
    step: 0,
    createdBy,
    requestId: ports.requestId,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  if (job === null) throw new Error('an export was not created');
  return job;
}

/** The file of an export that has ended, read as it is sent. */
export async function openFile(
  ports: Pick<Ports, 'jobs' | 'files'>,
  id: string,
): Promise<Result<{ body: ReadableStream<Uint8Array>; format: ImportFormat }, JobFailure>> {
  const job = await ports.jobs.read(id);
  if (job?.kind !== 'export') return fail({ code: 'unknown_job' });
  if (job.state !== 'completed') return fail({ code: 'not_in_state', state: job.state });
  const { format } = exportOptionsSchema.parse(JSON.parse(job.options));
  if (job.fileKey === null && job.rowCount > 0) return fail({ code: 'unknown_job' });
  return ok({ body: ports.files.streamParts(job.fileKey ?? '', partsOf(job)), format });
}
