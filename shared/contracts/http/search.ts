import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import { productSummarySchema } from './products.ts';

/** Plain text in pieces: those with `hit` are what was searched for. Escape it as any other text. */
export const highlightSchema = z
  .array(z.strictObject({ text: z.string(), hit: z.boolean() }))
  .meta({ id: 'Highlight', description: 'Plain text in pieces; `hit` marks what was searched for' });
export type Highlight = z.infer<typeof highlightSchema>;

export const searchHitSchema = z
  .strictObject({
    product: productSummarySchema,
    /** In the language of the search where the product is translated. */
    title: highlightSchema,
    summary: highlightSchema,
    /** A passage of the description around a hit; null: there is none in it. */
    passage: highlightSchema.nullable(),
  })
  .meta({ id: 'SearchHit' });

const count = z.int().min(0).meta({ description: 'Products that choosing it would show' });
export const facetSchema = z
  .strictObject({
    /** What `filter` calls it: `vendor`, `attr.colour`, `option.size`, `price`. */
    facet: z.string(),
    title: z.string(),
    /** Of its numbers; a currency for prices. */
    unit: z.string().nullable(),
    values: z.array(z.strictObject({ value: z.string(), label: z.string(), count, selected: z.boolean() })),
    /** At least `from`, below `to`; null: open. Amounts of money are minor units. */
    ranges: z.array(
      z.strictObject({
        from: z.number().nullable(),
        to: z.number().nullable(),
        count,
        selected: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Facet' });
export type Facet = z.infer<typeof facetSchema>;

export const searchPageSchema = z
  .strictObject({
    items: z.array(searchHitSchema),
    next: z.string().nullable(),
    /** All products that match, not only those of this page. */
    total: z.int(),
    /** What was probably meant, when words are none the catalogue has; the hits are those of it. */
    didYouMean: z.string().nullable(),
    /** False: nothing or little has all the words, and hits that lack some are among these. */
    hasAllWords: z.boolean(),
    facets: z.array(facetSchema),
  })
  .meta({ id: 'SearchPage' });
export type SearchPage = z.infer<typeof searchPageSchema>;

export const suggestionsSchema = z
  .strictObject({
    /** Queries that go on from what was typed; each finds something. */
    queries: z.array(z.string()),
    products: z.array(
      z.strictObject({
        id: idSchema('product'),
        handle: z.string(),
        title: highlightSchema,
      }),
    ),
  })
  .meta({ id: 'Suggestions' });
export type Suggestions = z.infer<typeof suggestionsSchema>;

export const searchRebuildSchema = z
  .strictObject({
    /** The one that is built. */
    generation: z.int(),
    /** Products of this part. */
    products: z.int(),
    /** Ids of those that could not be indexed; the log says why. */
    failed: z.array(z.string()),
    /** True: it serves now. */
    done: z.boolean(),
  })
  .meta({ id: 'SearchIndexPart' });
export type SearchRebuild = z.infer<typeof searchRebuildSchema>;
