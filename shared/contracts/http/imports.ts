import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema } from '#shared/money/money.ts';

export const importFormatSchema = z.enum(['shopify', 'jsonl']).meta({ id: 'ImportFormat' });
export type ImportFormat = z.infer<typeof importFormatSchema>;

/** `row` counts records, the header of a CSV file being row 1, as a spreadsheet shows it; `column` is the file's own name. */
export const importFaultSchema = z.strictObject({
  row: z.int().min(1),
  column: z.string().nullable(),
  detail: z.string(),
});
export type ImportFault = z.infer<typeof importFaultSchema>;

export const importItemSchema = z
  .strictObject({
    /** First row of this product in the file. */
    row: z.int().min(1),
    /** Null when the row could not be read far enough to tell. */
    handle: z.string().nullable(),
    productId: idSchema('product').nullable(),
    result: z.enum(['created', 'updated', 'unchanged', 'refused']),
    /** Why it was refused. */
    faults: z.array(importFaultSchema),
    /** What was imported differently from how the file says it. */
    notes: z.array(importFaultSchema),
  })
  .meta({ id: 'ImportItem' });
export type ImportItem = z.infer<typeof importItemSchema>;

export const importReportSchema = z
  .strictObject({
    id: idSchema('catalogueJob'),
    format: importFormatSchema,
    currency: currencySchema,
    /** True: nothing was written. */
    dryRun: z.boolean(),
    rows: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    /** One entry a product, and one for each run of rows that belongs to none, in the order of the file. */
    items: z.array(importItemSchema),
  })
  .meta({ id: 'ImportReport' });
export type ImportReport = z.infer<typeof importReportSchema>;
