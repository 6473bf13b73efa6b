import { z } from 'zod';
import { currencySchema } from '#shared/money/money.ts';

export const importFormatSchema = z.enum(['shopify', 'jsonl']).meta({ id: 'ImportFormat' });
export type ImportFormat = z.infer<typeof importFormatSchema>;

export const importModeSchema = z.enum(['upsert', 'create', 'update', 'sync']).meta({
  id: 'ImportMode',
  description:
    '`upsert`: products are created and changed; `create`: those that are there already are skipped; `update`: those that are not there are skipped; `sync`: as `upsert`, and products of the source that the file no longer names are archived',
});

/** Whose products a file states: `erp`, `supplier-north`. */
export const importSourceSchema = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/);

const percentSchema = z.int().min(0).max(100);
export const importOptionsSchema = z.strictObject({
  format: importFormatSchema,
  /** Of the amounts in a file that names none. */
  currency: currencySchema,
  mode: importModeSchema,
  /** `stop`: at the first product that is refused; those before it stay written. */
  onError: z.enum(['skip', 'stop']),
  /** Stops when more than this share of at least 100 products was refused; null: never. */
  refusedMaxPercent: percentSchema.nullable(),
  /** A synchronisation that would archive more than this share of the source's products waits for a confirmation. */
  archiveMaxPercent: percentSchema,
});
export type ImportOptions = z.infer<typeof importOptionsSchema>;

/** `row` counts records, the header of a CSV file being row 1, as a spreadsheet shows it; `column` is the file's own name. */
export const importFaultSchema = z.strictObject({
  row: z.int().min(1),
  column: z.string().nullable(),
  detail: z.string(),
});
export type ImportFault = z.infer<typeof importFaultSchema>;
