import { z } from 'zod';
import { attributeKeySchema, attributeValueSchema } from '#shared/domain/attributes.ts';
import { productKindSchema, productStatusSchema } from '#shared/domain/product.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema } from '#shared/money/money.ts';

const amount = z.int().min(0).max(AMOUNT_MAX_MINOR_UNITS);

/** Which products: all that fit each member; without any, all there are. */
export const productSelectionSchema = z
  .strictObject({
    ids: z.array(idSchema('product')).min(1).max(1_000).optional(),
    /** Left out: in every status. */
    status: productStatusSchema.optional(),
    kind: productKindSchema.optional(),
    vendor: z.string().min(1).max(200).optional(),
    tag: z.string().min(1).max(255).optional(),
    /** Handle of a collection. */
    collection: z.string().min(1).max(200).optional(),
    /** Handle of a product type. */
    productType: z.string().min(1).max(200).optional(),
    /** Each of these, with this very value. */
    attributes: z
      .record(attributeKeySchema, attributeValueSchema)
      .refine((all) => Object.keys(all).length <= 10, 'has more than 10 members')
      .optional(),
    available: z.literal(true).optional(),
    /** Of `priceMin` and `priceMax`; default `EUR`. */
    currency: currencySchema.optional(),
    /** Minor units; some variant costs at least this. */
    priceMin: amount.optional(),
    priceMax: amount.optional(),
  })
  .meta({ id: 'ProductSelection' });
export type ProductSelection = z.infer<typeof productSelectionSchema>;
