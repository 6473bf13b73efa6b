import { z } from 'zod';
import { attributeKeySchema, attributeValueSchema } from '#shared/domain/attributes.ts';
import { productStatusSchema } from '#shared/domain/product.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema } from '#shared/money/money.ts';
import { handleSchema, productInputSchema } from './product-input.ts';
import { productSelectionSchema } from './product-selection.ts';

const tag = productInputSchema.shape.tags.unwrap().element;

const priceChangeSchema = z.strictObject({
  type: z.literal('change_prices'),
  /** Left out: prices in every currency. */
  currency: currencySchema.optional(),
  by: z.union([
    /** Per cent, at most two decimals: −10 is a tenth less. */
    z.strictObject({ percent: z.number().min(-100).max(1_000).multipleOf(0.01) }),
    /** Minor units, added; needs a `currency`. */
    z.strictObject({ amount: z.int().min(-AMOUNT_MAX_MINOR_UNITS).max(AMOUNT_MAX_MINOR_UNITS) }),
  ]),
  /** To a multiple of `unit` minor units; `nearest` takes halves up. */
  rounding: z
    .strictObject({ to: z.enum(['nearest', 'up', 'down']), unit: z.int().min(1).max(100_000) })
    .default({ to: 'nearest', unit: 1 }),
  /** `old_price`: the price before becomes the struck-through one, where it is higher; `drop`: none stays; `keep` refuses a product whose new price reaches it. */
  compareAt: z.enum(['keep', 'old_price', 'drop']).default('keep'),
});

export const bulkOperationSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('set_status'), status: productStatusSchema.exclude(['scheduled']) }),
    z.strictObject({ type: z.literal('schedule'), publishAt: z.iso.datetime() }),
    z.strictObject({ type: z.literal('add_tag'), tag }),
    z.strictObject({ type: z.literal('remove_tag'), tag }),
    /** Null takes it away. */
    z.strictObject({
      type: z.literal('set_attribute'),
      key: attributeKeySchema,
      value: attributeValueSchema.nullable(),
    }),
    z.strictObject({
      type: z.literal('add_to_collection'),
      handle: handleSchema,
      title: z.string().trim().min(1).max(200),
    }),
    z.strictObject({ type: z.literal('remove_from_collection'), handle: handleSchema }),
    priceChangeSchema,
  ])
  .refine(
    (operation) =>
      operation.type !== 'change_prices' || 'percent' in operation.by || operation.currency !== undefined,
    { path: ['currency'], message: 'must be named for a change by an amount' },
  )
  .meta({ id: 'BulkOperation' });
export type BulkOperation = z.infer<typeof bulkOperationSchema>;
export type PriceChange = z.infer<typeof priceChangeSchema>;

export const bulkEditSchema = z
  .strictObject({
    /** At least one member: nothing is done to everything by leaving it out. */
    filter: productSelectionSchema.refine((filter) => Object.keys(filter).length > 0, 'must name something'),
    /** Done to each product in this order, as one change. */
    operations: z.array(bulkOperationSchema).min(1).max(20),
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'BulkEdit' });

/** What a job of this kind is about: an edit, or the undoing of one. */
export const bulkOptionsSchema = z.union([
  bulkEditSchema.omit({ dryRun: true }),
  z.strictObject({ undoOf: idSchema('catalogueJob') }),
]);
export type BulkOptions = z.infer<typeof bulkOptionsSchema>;
