import { z } from 'zod';
import { attributeDefinitionSchema, ATTRIBUTES_MAX } from '#shared/domain/attributes.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { handleSchema } from './product-input.ts';

/** What products of one type say of themselves. */
export const productTypeInputSchema = z
  .strictObject({
    handle: handleSchema,
    title: z.string().trim().min(1).max(100),
    attributes: z
      .array(attributeDefinitionSchema)
      .max(ATTRIBUTES_MAX)
      .refine(
        (attributes) => new Set(attributes.map(({ key }) => key)).size === attributes.length,
        'names a key twice',
      )
      .default([]),
  })
  .meta({ id: 'ProductTypeInput' });
export type ProductTypeInput = z.infer<typeof productTypeInputSchema>;

export const productTypeSchema = z
  .strictObject({
    id: idSchema('productType'),
    status: z.enum(['active', 'archived']),
    version: z.int(),
    handle: z.string(),
    title: z.string(),
    attributes: z.array(attributeDefinitionSchema),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ProductType' });
export type ProductTypeView = z.infer<typeof productTypeSchema>;
