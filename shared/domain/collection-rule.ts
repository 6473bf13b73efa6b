import { z } from 'zod';
import { currencySchema } from '#shared/money/money.ts';
import { attributeKeySchema } from './attributes.ts';
import { productKindSchema } from './product.ts';

const CONDITIONS_MAX = 20;
const text = z.string().trim().min(1).max(255);
const bound = z.number().nullable().default(null);
/** `not`: only products it does not hold for. */
const not = z.boolean().default(false);

/** One thing that a product of the collection is; bounds are inclusive, null: none. */
export const collectionConditionSchema = z
  .discriminatedUnion('field', [
    z.strictObject({ field: z.literal('kind'), value: productKindSchema, not }),
    /** Handle of a product type. */
    z.strictObject({ field: z.literal('productType'), value: text, not }),
    z.strictObject({ field: z.literal('vendor'), value: text, not }),
    /** ASCII letters match in either case. */
    z.strictObject({ field: z.literal('tag'), value: text, not }),
    z.strictObject({
      field: z.literal('attribute'),
      key: attributeKeySchema,
      value: z.union([text, z.number(), z.boolean()]),
      not,
    }),
    /** Of an attribute that is a number. */
    z.strictObject({
      field: z.literal('attributeRange'),
      key: attributeKeySchema,
      min: bound,
      max: bound,
      not,
    }),
    /** Some variant's own price, in minor units. */
    z.strictObject({ field: z.literal('price'), currency: currencySchema, min: bound, max: bound, not }),
  ])
  .meta({ id: 'CollectionCondition' });

/** Which products belong to a collection by what they are. */
export const collectionRuleSchema = z
  .strictObject({
    match: z.enum(['all', 'any']).default('all'),
    conditions: z.array(collectionConditionSchema).min(1).max(CONDITIONS_MAX),
  })
  .meta({ id: 'CollectionRule' });
export type CollectionRule = z.infer<typeof collectionRuleSchema>;
