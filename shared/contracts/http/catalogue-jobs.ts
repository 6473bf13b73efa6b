import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import { importFaultSchema } from './imports.ts';
import { fieldChangeSchema } from './product-versions.ts';

export const jobKindSchema = z.enum(['import', 'export', 'bulk_edit']).meta({ id: 'CatalogueJobKind' });
export type JobKind = z.infer<typeof jobKindSchema>;

export const jobStateSchema = z
  .enum(['running', 'awaiting_confirmation', 'stopped', 'failed', 'cancelled', 'completed'])
  .meta({
    id: 'CatalogueJobState',
    description:
      '`awaiting_confirmation`: it would archive more than it may unasked; `stopped`: its own rule for errors stopped it; `failed`: it cannot go on, `detail` says why. What is `stopped`, `failed` or `cancelled` can be resumed',
  });
export type JobState = z.infer<typeof jobStateSchema>;

export const jobResultSchema = z
  .enum(['created', 'updated', 'unchanged', 'refused', 'skipped', 'archived'])
  .meta({ id: 'CatalogueJobResult' });
export type JobResult = z.infer<typeof jobResultSchema>;

const count = z.int().min(0);
export const catalogueJobSchema = z
  .strictObject({
    id: idSchema('catalogueJob'),
    kind: jobKindSchema,
    state: jobStateSchema,
    /** What it is at: `reading`, `selecting`, `writing`, `archiving`. */
    phase: z.string(),
    /** Whose products an import states. */
    source: z.string().nullable(),
    /** True: nothing is written to the catalogue. */
    dryRun: z.boolean(),
    /** What was asked for. */
    options: z.record(z.string(), z.unknown()),
    createdBy: z.string(),
    requestId: z.string(),
    /** What was imported, or exported; null: there is none, or it is not kept any more. */
    file: z.strictObject({ bytes: count, sha256: z.string().nullable() }).nullable(),
    progress: z.strictObject({
      /** Rows read of a file. */
      rows: count,
      /** Products there are to do; grows while a file is read. */
      items: count,
      created: count,
      updated: count,
      unchanged: count,
      refused: count,
      skipped: count,
      archived: count,
    }),
    /** Why it stands where it stands; null: nothing is out of the ordinary. */
    detail: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'CatalogueJob' });
export type CatalogueJob = z.infer<typeof catalogueJobSchema>;

export const catalogueJobPageSchema = z
  .strictObject({ items: z.array(catalogueJobSchema), next: z.string().nullable() })
  .meta({ id: 'CatalogueJobPage' });

/** What there is to say of one product beside its result. */
export const jobReportSchema = z.strictObject({
  /** Why it was refused. */
  faults: z.array(importFaultSchema).default([]),
  /** What was taken differently from how the file says it. */
  notes: z.array(importFaultSchema).default([]),
  /** Of a dry run: what would change, at most 50 places. */
  changes: z.array(fieldChangeSchema).default([]),
});
export type JobReport = z.infer<typeof jobReportSchema>;

export const catalogueJobItemSchema = z
  .strictObject({
    /** First row of this product in the file; null: the file does not name it. */
    row: z.int().min(1).nullable(),
    /** Null when the row could not be read far enough to tell. */
    handle: z.string().nullable(),
    productId: idSchema('product').nullable(),
    result: jobResultSchema,
    /** Versions of the product before and after; null: it was not there, or was not written. */
    versionBefore: z.int().min(1).nullable(),
    version: z.int().min(1).nullable(),
    ...jobReportSchema.shape,
  })
  .meta({ id: 'CatalogueJobItem' });
export type CatalogueJobItem = z.infer<typeof catalogueJobItemSchema>;

export const catalogueJobItemPageSchema = z
  .strictObject({ items: z.array(catalogueJobItemSchema), next: z.string().nullable() })
  .meta({ id: 'CatalogueJobItemPage' });
