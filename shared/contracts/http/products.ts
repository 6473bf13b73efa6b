import { z } from 'zod';
import {
  attributeDefinitionSchema,
  attributesSchema,
  attributeValueSchema,
} from '#shared/domain/attributes.ts';
import { taxClassSchema } from '#shared/domain/pricing/tax-class.ts';
import {
  availabilitySchema,
  deliveredKindSchema,
  deliveryRuleSchema,
  productFulfilmentSchema,
  productKindSchema,
  productStatusSchema,
} from '#shared/domain/product.ts';
import { seoSchema, translationSchema } from '#shared/domain/product-texts.ts';
import { productLimitsSchema, variantLimitsSchema } from '#shared/domain/purchase-limits.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { moneySchema } from '#shared/money/money.ts';

export const imageSchema = z.strictObject({ url: z.url(), alt: z.string() });

/** `width` and `height` in pixels are known of pictures that were uploaded. */
export const productImageSchema = imageSchema
  .extend({
    width: z.int().nullable(),
    height: z.int().nullable(),
    /** The variants it shows; none: the product as such. */
    variantIds: z.array(idSchema('variant')),
  })
  .meta({ id: 'ProductImage' });

/** Units of a variant at one of the shop's locations. */
export const locationAvailabilitySchema = z
  .strictObject({
    code: z.string(),
    available: z.int().min(0),
    availability: availabilitySchema.exclude(['backorder', 'unlimited']),
  })
  .meta({ id: 'LocationAvailability' });
export type LocationAvailability = z.infer<typeof locationAvailabilitySchema>;

export const variantSchema = z
  .strictObject({
    id: idSchema('variant'),
    sku: z.string(),
    title: z.string(),
    /** Option name → value, e.g. `{ "Edition": "Team" }`. */
    options: z.record(z.string(), z.string()),
    prices: z.array(moneySchema),
    compareAtPrices: z.array(moneySchema),
    availability: availabilitySchema,
    /** Units that can be bought now; null when unlimited. Seconds old at most; checkout asks the stock itself. */
    available: z.int().nullable(),
    /** When units on backorder should arrive; null: not known, or none are on backorder. */
    expectedAt: z.union([z.iso.datetime(), z.null()]),
    /** Where its units lie; empty when it has no stock of its own, as a bundle, or the stock has not spoken yet. */
    locations: z.array(locationAvailabilitySchema),
    /** How much of it can be bought; null: as its product says. */
    limits: z.union([variantLimitsSchema, z.null()]),
  })
  .meta({ id: 'Variant' });
export type Variant = z.infer<typeof variantSchema>;

export const collectionSchema = z
  .strictObject({ id: idSchema('collection'), handle: z.string(), title: z.string() })
  .meta({ id: 'Collection' });
export type Collection = z.infer<typeof collectionSchema>;

/** What one unit of a variant costs now: its own price, or that of a price list that is better. */
export const productPriceSchema = z
  .strictObject({
    variantId: idSchema('variant'),
    unitPrice: moneySchema,
    /** The product's own price, struck through where a list's is lower. */
    listPrice: moneySchema,
    compareAt: moneySchema.nullable(),
    /** Id of the price list, or `base`, and why, in words. */
    priceSource: z.strictObject({ list: z.string(), reason: z.string() }),
  })
  .meta({ id: 'ProductPrice' });
export type ProductPrice = z.infer<typeof productPriceSchema>;

/** One row of a product list: enough for a card. */
export const productSummarySchema = z
  .strictObject({
    id: idSchema('product'),
    handle: z.string(),
    kind: productKindSchema,
    title: z.string(),
    summary: z.string(),
    vendor: z.string(),
    tags: z.array(z.string()),
    /** Language of its texts (BCP 47). */
    locale: z.string(),
    /** Handle of its product type; null: none. */
    productType: z.string().nullable(),
    /** Attribute's key → text, number in the attribute's unit, or truth value. */
    attributes: attributesSchema,
    image: imageSchema.nullable(),
    /** Lowest price of its variants in each currency. */
    priceFrom: z.array(moneySchema),
    availability: availabilitySchema,
    /** Of its cheapest variant, with `expand` alone; null: no price in this currency. */
    price: productPriceSchema.nullable().optional(),
    /** With `expand=variants` alone: of each variant that has a price in this currency, in the product's order. */
    variantPrices: z.array(productPriceSchema).optional(),
  })
  .meta({ id: 'ProductSummary' });
export type ProductSummary = z.infer<typeof productSummarySchema>;

const specificationEntrySchema = z
  .strictObject({
    key: z.string(),
    title: z.string(),
    type: attributeDefinitionSchema.shape.type,
    unit: z.string().nullable(),
    /** As it is stated and filtered by. */
    value: attributeValueSchema,
    /** As it is shown: of an `enum` in the reader's language. */
    label: z.string(),
  })
  .meta({ id: 'SpecificationEntry' });

const relatedProductSchema = z
  .strictObject({
    id: idSchema('product'),
    handle: z.string(),
    title: z.string(),
    image: imageSchema.nullable(),
  })
  .meta({ id: 'RelatedProduct' });
export type RelatedProduct = z.infer<typeof relatedProductSchema>;

const productComponentSchema = z
  .strictObject({
    productId: idSchema('product'),
    handle: z.string(),
    title: z.string(),
    kind: deliveredKindSchema,
    image: imageSchema.nullable(),
    variantId: idSchema('variant'),
    sku: z.string(),
    variantTitle: z.string(),
    /** Units of it in one bundle. */
    quantity: z.int(),
  })
  .meta({ id: 'ProductComponent' });
export type ProductComponent = z.infer<typeof productComponentSchema>;

export const productSchema = productSummarySchema
  .extend({
    status: productStatusSchema,
    version: z.int(),
    descriptionHtml: z.string(),
    collections: z.array(collectionSchema),
    /** From a root to one of its collections: of those it names, the one that stands deepest. Empty: it is in none. */
    breadcrumbs: z.array(collectionSchema),
    images: z.array(productImageSchema),
    optionNames: z.array(z.string()),
    /** Its attributes in words, in the order of its product type. */
    specification: z.array(specificationEntrySchema),
    /** Languages its texts are there in. */
    locales: z.array(z.string()),
    /** As written; empty: the title, the summary. */
    seo: seoSchema,
    /** Published products that go with it. */
    related: z.array(relatedProductSchema),
    /** What a bundle is made of; of anything else empty. */
    components: z.array(productComponentSchema),
    variants: z.array(variantSchema),
    /** JSON Schema (2020-12) of what the customer can customise; null: nothing. */
    customisationSchema: z.record(z.string(), z.unknown()).nullable(),
    quantityMax: z.int(),
    limits: productLimitsSchema,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Product' });
export type Product = z.infer<typeof productSchema>;

/** The operator's view adds how it is delivered and which quantity was last declared for each SKU. */
export const productAdminSchema = productSchema
  .extend({
    publishAt: z.union([z.iso.datetime(), z.null()]),
    translations: z.record(z.string(), translationSchema),
    /** Handles as stated; `related` shows those that are published. */
    relatedHandles: z.array(z.string()),
    fulfilment: productFulfilmentSchema,
    taxClass: taxClassSchema,
    delivery: deliveryRuleSchema,
    stock: z.array(
      z.strictObject({
        sku: z.string(),
        stockTracked: z.boolean(),
        /** Quantity last declared to the stock; null: none was. */
        onHand: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'ProductAdmin' });
export type ProductAdmin = z.infer<typeof productAdminSchema>;

export const productPageSchema = z
  .strictObject({ items: z.array(productSummarySchema), next: z.string().nullable() })
  .meta({ id: 'ProductPage' });
export type ProductPage = z.infer<typeof productPageSchema>;

export const collectionPageSchema = z
  .strictObject({ items: z.array(collectionSchema), next: z.string().nullable() })
  .meta({ id: 'CollectionPage' });
