import { type ExportOptions, exportOptionsSchema } from '#shared/contracts/http/exports.ts';
import type { ImportFormat } from '#shared/contracts/http/imports.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../../ports.ts';
import type { JobFailure } from './control-job.ts';
import { type Asked, createOnce, type StartedJob, type StartPorts } from './create-once.ts';
import { EXPORT_BEGINNING, partsOf } from './run-export.ts';

/** Makes a job of writing products to a file. */
export const startExport = (
  ports: StartPorts,
  asked: Asked,
  options: ExportOptions,
): Promise<Result<StartedJob, JobFailure>> =>
  createOnce(ports, asked, {
    kind: 'export',
    phase: 'writing',
    dryRun: false,
    options,
    place: EXPORT_BEGINNING,
  });

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
