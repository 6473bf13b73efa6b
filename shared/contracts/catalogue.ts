import { z } from 'zod';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema, moneySchema } from '#shared/money/money.ts';
import { fulfilmentSchema, productKindSchema } from '#shared/domain/product.ts';
import type { CallContext } from './call.ts';

/** What an order needs to know of one variant, read from the catalogue's truth (never a cache). */
export const purchasableVariantSchema = z.strictObject({
  productId: idSchema('product'),
  /** Increases with each change of the product; kept on the order line. */
  productVersion: z.int().min(1),
  variantId: idSchema('variant'),
  sku: z.string().min(1).max(100),
  kind: productKindSchema,
  title: z.string(),
  variantTitle: z.string(),
  unitPrice: moneySchema,
  /** Tracked variants are held in their `Stock` object; the others never run out. */
  stockTracked: z.boolean(),
  quantityMax: z.int().min(1),
  /** JSON Schema (2020-12) of the customer's customisation; null when nothing can be customised. */
  customisationSchema: z.record(z.string(), z.unknown()).nullable(),
  fulfilment: fulfilmentSchema,
  /** `together`: never without the other lines of its order, whatever the customer prefers. Absent: as he likes. */
  delivery: z.enum(['any', 'together']).optional(),
});
export type PurchasableVariant = z.infer<typeof purchasableVariantSchema>;

export const resolveVariantsInputSchema = z.strictObject({
  variantIds: z.array(idSchema('variant')).min(1).max(100),
  currency: currencySchema,
});
export type ResolveVariantsInput = z.infer<typeof resolveVariantsInputSchema>;

/** Variants in the order asked for; what cannot be bought is named with the reason instead. */
export interface ResolvedVariants {
  variants: PurchasableVariant[];
  refused: { variantId: string; reason: 'unknown_variant' | 'not_published' | 'no_price_in_currency' }[];
}

/** RPC face of the catalogue worker (entrypoint `CatalogueRpc`). */
export interface CatalogueService {
  resolveVariants(call: CallContext, input: ResolveVariantsInput): Promise<Result<ResolvedVariants, never>>;
}
