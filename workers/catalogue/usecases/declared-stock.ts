import type { ProductInput } from '#shared/contracts/http/product-input.ts';
import type { StoredProduct } from '../domain/stored-product.ts';

/** Quantities a statement declares that differ from what was last declared for the variant. */
export function declaredStock(
  product: ProductInput,
  existing: StoredProduct,
): { variantId: string; sku: string; onHand: number }[] {
  const known = new Map(existing.variants.map((variant) => [variant.sku, variant]));
  return product.variants.flatMap(({ sku, onHand }) => {
    const variant = known.get(sku);
    return variant === undefined || onHand === null || onHand === variant.declaredOnHand
      ? []
      : [{ variantId: variant.id, sku, onHand }];
  });
}
