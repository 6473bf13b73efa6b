import type { ProductInput } from '#shared/contracts/http/product-input.ts';
import type { StoredProduct } from '../domain/stored-product.ts';
import { asInput } from '../domain/views.ts';

/** A product as an import states it, with the quantities declared last: read back it changes nothing. */
export function statementOf(product: StoredProduct): ProductInput {
  const onHand = new Map(product.variants.map((variant) => [variant.sku, variant.declaredOnHand]));
  const input = asInput(product);
  return {
    ...input,
    variants: input.variants.map((variant) => ({
      ...variant,
      onHand: variant.stockTracked ? (onHand.get(variant.sku) ?? null) : null,
    })),
  };
}
