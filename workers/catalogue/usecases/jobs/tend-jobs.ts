import { log } from '#shared/observability/log.ts';
import { JOB_ITEMS_FORGOTTEN, JOB_KEPT_MS, JOB_SILENT_MS } from '../../limits.ts';
import type { Ports } from '../../ports.ts';

/** Starts again what runs and says nothing, and forgets what ended long ago: first its file, then the rest. */
export async function tendJobs(ports: Pick<Ports, 'jobs' | 'files' | 'startJob' | 'clock'>): Promise<void> {
  const nowMs = ports.clock.now();
  for (const { id } of await ports.jobs.silent(nowMs - JOB_SILENT_MS)) {
    log.warn('job started again', { jobId: id });
    await ports.startJob(id, 0);
  }
  const endedBeforeMs = nowMs - JOB_KEPT_MS;
  for (const { id, fileKey } of await ports.jobs.withOldFiles(endedBeforeMs)) {
    if (fileKey !== null) await ports.files.remove(fileKey);
    await ports.jobs.forgetFile(id);
  }
  await ports.jobs.forgetOld({ endedBeforeMs, items: JOB_ITEMS_FORGOTTEN });
}
