import {
  type CatalogueJob,
  type CatalogueJobItem,
  jobReportSchema,
} from '#shared/contracts/http/catalogue-jobs.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { ItemRow, JobRow } from '../queries/jobs.ts';

export type { JobRow } from '../queries/jobs.ts';

export const jobView = (job: JobRow): CatalogueJob => ({
  id: job.id,
  kind: job.kind,
  state: job.state,
  phase: job.phase,
  source: job.source,
  dryRun: job.dryRun,
  options: JSON.parse(job.options) as Record<string, unknown>,
  createdBy: job.createdBy,
  requestId: job.requestId,
  file: job.fileKey === null ? null : { bytes: job.fileBytes ?? 0, sha256: job.fileSha256 },
  progress: {
    rows: job.rowCount,
    items: job.itemCount,
    created: job.created,
    updated: job.updated,
    unchanged: job.unchanged,
    refused: job.refused,
    skipped: job.skipped,
    archived: job.archived,
  },
  detail: job.detail,
  createdAt: rfc3339(job.createdAtMs),
  updatedAt: rfc3339(job.updatedAtMs),
  endedAt: job.endedAtMs === null ? null : rfc3339(job.endedAtMs),
});

/** Of an item that is done. */
export const itemView = (item: ItemRow): CatalogueJobItem => ({
  row: item.key === null && item.productId !== null ? null : item.position,
  handle: item.handle,
  productId: item.productId,
  result: item.result ?? 'skipped',
  versionBefore: item.versionBefore,
  version: item.version,
  ...jobReportSchema.parse(JSON.parse(item.report ?? '{}')),
});
