import { z } from 'zod';
import { currencySchema } from '#shared/money/money.ts';
import { importFormatSchema } from './imports.ts';
import { productSelectionSchema } from './product-selection.ts';

export const exportOptionsSchema = z
  .strictObject({
    format: importFormatSchema,
    /** Of the amounts in the columns of a CSV file; those in other currencies stand in a column of their own. */
    currency: currencySchema.default('EUR'),
    /** Default: every product, in whatever status. */
    filter: productSelectionSchema.default({}),
  })
  .meta({ id: 'ExportOptions' });
export type ExportOptions = z.infer<typeof exportOptionsSchema>;
