import { z } from 'zod';
import { collectionRuleSchema } from '#shared/domain/collection-rule.ts';
import { seoSchema, translationsSchema } from '#shared/domain/product-texts.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { handleSchema } from './product-input.ts';
import { collectionSchema } from './products.ts';

export const COLLECTION_LIMITS = {
  /** From a root to the deepest. */
  levels: 8,
  /** Shown with their parent; one may have more, which lists show. */
  shownChildren: 200,
  /** Products put in order by hand. */
  ordered: 1_000,
} as const;

const parentId = z.union([idSchema('collection'), z.null()]);

/** A collection as an operator states it. Its handle is unique among all collections, wherever they stand. */
export const collectionInputSchema = z
  .strictObject({
    handle: handleSchema,
    title: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
    /** Null: a root. */
    parentId: parentId.default(null),
    /** Among the children of its parent, lowest first. */
    position: z.int().min(0).max(1_000_000).default(0),
    /** HTML; reduced to harmless formatting before it is kept. */
    descriptionHtml: z.string().max(20_000).default(''),
    translations: translationsSchema.default({}),
    seo: seoSchema.default({ title: '', description: '' }),
    /** Which products belong to it beside those that name it; null: no others. */
    rule: z.union([collectionRuleSchema, z.null()]).default(null),
  })
  .meta({ id: 'CollectionInput' });
export type CollectionInput = z.infer<typeof collectionInputSchema>;

/** A collection with the way to it and what is right below it. */
export const collectionViewSchema = z
  .strictObject({
    ...collectionSchema.shape,
    version: z.int().min(0),
    /** Language of its texts (BCP 47). */
    locale: z.string(),
    descriptionHtml: z.string(),
    seo: seoSchema,
    parentId,
    position: z.int(),
    /** From the root to itself. */
    path: z.array(collectionSchema),
    /** In their order. */
    children: z.array(collectionSchema),
    rule: z.union([collectionRuleSchema, z.null()]),
  })
  .meta({ id: 'CollectionDetail' });
export type CollectionView = z.infer<typeof collectionViewSchema>;

export const collectionOrderSchema = z
  .strictObject({
    /** These first, in this order; all must belong to it. The others of it follow. */
    productIds: z.array(idSchema('product')).max(COLLECTION_LIMITS.ordered),
  })
  .refine(({ productIds }) => new Set(productIds).size === productIds.length, {
    path: ['productIds'],
    message: 'names a product twice',
  })
  .meta({ id: 'CollectionOrder' });
