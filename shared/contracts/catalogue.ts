import { z } from 'zod';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema, moneySchema } from '#shared/money/money.ts';
import {
  availabilitySchema,
  deliveryRuleSchema,
  BUNDLE_LIMITS,
  deliveredKindSchema,
  fulfilmentSchema,
  productFulfilmentSchema,
  productKindSchema,
} from '#shared/domain/product.ts';
import { scopedLimitSchema } from '#shared/domain/purchase-limits.ts';
import type { CallContext } from './call.ts';
import { STOCK_SHARDS_MAX, type StockSummary } from './http/stock.ts';

/** What an order needs to know of one variant that is delivered by itself. */
const deliverableVariantSchema = z.strictObject({
  productId: idSchema('product'),
  /** Increases with each change of the product; kept on the order line. */
  productVersion: z.int().min(1),
  variantId: idSchema('variant'),
  sku: z.string().min(1).max(100),
  kind: deliveredKindSchema,
  title: z.string(),
  variantTitle: z.string(),
  /** The base list's price of one unit; the winning list's when the base has none. */
  listPrice: moneySchema,
  /** Of one unit, struck through beside the price. */
  compareAt: moneySchema.nullable(),
  /** What one unit costs this customer now, at the quantity asked for. */
  unitPrice: moneySchema,
  /** Which list it is from (`base`: the product's own price) and why, in words. */
  priceSource: z.strictObject({ list: z.string(), reason: z.string() }),
  /** Which rates of tax it bears. */
  taxClass: z.string(),
  /** Handles. */
  collections: z.array(z.string()),
  /** Tracked variants are held in their `Stock` object; the others never run out. */
  stockTracked: z.boolean(),
  /** As the stock last said, for showing; the hold alone decides. */
  availability: availabilitySchema.optional(),
  /** When units on backorder are there, epoch milliseconds; null: not known, or none is. */
  expectedAt: z.int().nullable().optional(),
  /** Over how many `Stock` objects the units are spread, as last heard; absent means one. An old number does no harm. */
  stockShards: z.int().min(1).max(STOCK_SHARDS_MAX).optional(),
  quantityMax: z.int().min(1),
  /** Absent: 1. */
  quantityMin: z.int().min(1).optional(),
  quantityMultiple: z.int().min(1).optional(),
  /** What one customer may buy of it in a period; absent: any number. */
  customerLimits: z.array(scopedLimitSchema).max(2).optional(),
  /** JSON Schema (2020-12) of the customer's customisation; null when nothing can be customised. */
  customisationSchema: z.record(z.string(), z.unknown()).nullable(),
  fulfilment: fulfilmentSchema,
  /** `together`: never without the other lines of its order, whatever the customer prefers. Absent: as he likes. */
  delivery: deliveryRuleSchema.optional(),
});
export type DeliverableVariant = z.infer<typeof deliverableVariantSchema>;

/** What an order needs to know of one variant, read from the catalogue's truth (never a cache). */
export const purchasableVariantSchema = deliverableVariantSchema.extend({
  kind: productKindSchema,
  fulfilment: productFulfilmentSchema,
  /** Of a bundle: what it is made of, and how many units of each are in one; each with its own price of one unit. */
  components: z
    .array(z.strictObject({ quantity: z.int().min(1), variant: deliverableVariantSchema }))
    .min(1)
    .max(BUNDLE_LIMITS.components)
    .optional(),
});
export type PurchasableVariant = z.infer<typeof purchasableVariantSchema>;

/** Delivered by itself: no bundle. */
export const isDeliverable = (
  variant: PurchasableVariant,
): variant is PurchasableVariant & DeliverableVariant =>
  variant.kind !== 'bundle' && variant.fulfilment.template !== 'bundle';

export const resolveVariantsInputSchema = z.strictObject({
  /** Each variant once; `quantity` is what is wanted of it in all, for quantity breaks. */
  items: z
    .array(z.strictObject({ variantId: idSchema('variant'), quantity: z.int().min(1).default(1) }))
    .min(1)
    .max(100),
  currency: currencySchema,
  /** Handles of the groups the customer is in. */
  groups: z.array(z.string()).max(100).default([]),
});
export type ResolveVariantsInput = z.input<typeof resolveVariantsInputSchema>;

/** Variants in the order asked for; what cannot be bought is named with the reason instead. */
export interface ResolvedVariants {
  variants: PurchasableVariant[];
  refused: { variantId: string; reason: 'unknown_variant' | 'not_published' | 'no_price_in_currency' }[];
}

/** RPC face of the catalogue worker (entrypoint `CatalogueRpc`). */
export interface CatalogueService {
  resolveVariants(call: CallContext, input: ResolveVariantsInput): Promise<Result<ResolvedVariants, never>>;
}

export const listStockInputSchema = z.strictObject({
  /** Only what is low, on backorder or out. */
  scarceOnly: z.boolean(),
  /** Exclusive; empty: from the first. */
  after: z.string().max(100),
  limit: z.int().min(1).max(101),
});
export type ListStockInput = z.infer<typeof listStockInputSchema>;
/** What the catalogue knows of all stock, which no `Stock` object does: each knows its own SKU. Moments old. */
export interface StockDirectory {
  listStock(call: CallContext, input: ListStockInput): Promise<StockSummary[]>;
}

/** A provisioning template as far as a product that names it must fit it. */
export const namedTemplateSchema = z.strictObject({
  id: idSchema('template'),
  handle: z.string().min(1).max(100),
  /** What products it makes. */
  kind: deliveredKindSchema,
  status: z.enum(['active', 'archived']),
  /** Increases with each change. */
  version: z.int().min(1),
  /** JSON Schema (2020-12) of `fulfilment.parameters`; null: there are none. */
  parameters: z.record(z.string(), z.unknown()).nullable(),
});
export type NamedTemplate = z.infer<typeof namedTemplateSchema>;
export const NAMED_TEMPLATES_MAX = 1_000;
export const keepTemplatesInputSchema = z.strictObject({
  /** All there are. */
  templates: z.array(namedTemplateSchema).min(1).max(NAMED_TEMPLATES_MAX),
});
export type KeepTemplatesInput = z.infer<typeof keepTemplatesInputSchema>;
/**
 * What the provisioner tells the catalogue, so that a product naming a template that is not there is refused when it is
 * saved. Safe to repeat and to reorder: an older version never replaces a newer one. Resolves to how many changed.
 */
export interface TemplateDirectory {
  keepTemplates(call: CallContext, input: KeepTemplatesInput): Promise<number>;
}

export const listForInputSchema = z.strictObject({
  /** Of `GET /v1/products`, as a URL has it. */
  query: z.string(),
  /** `Accept-Language`; empty: none. */
  languages: z.string(),
  /** Handles of the groups the customer is in. */
  groups: z.array(z.string()).max(100),
});
export type ListForInput = z.infer<typeof listForInputSchema>;
/** Lists for one customer: what `GET /v1/products` answers, priced for these groups, problems included. Nobody's to keep. */
export interface ProductLists {
  listFor(call: CallContext, input: ListForInput): Promise<Response>;
}
