import type { ProductPrice, ProductSummary } from '#shared/contracts/http/products.ts';
import { bestPrice } from '#shared/domain/pricing/price-lists.ts';
import type { Currency, Money } from '#shared/money/money.ts';
import { bestAvailability } from '../domain/availability.ts';
import type { Ports } from '../ports.ts';
import type { PricedVariant } from '../queries/product-prices.ts';

/**
 * Puts beside each product what its cheapest variant costs now, by price lists too, and how available it is this moment;
 * `ofVariants`: what each variant costs as well. `groups` are the customer's. One round trip for all.
 */
export async function withPrices(
  ports: Pick<Ports, 'catalogue' | 'clock'>,
  products: readonly ProductSummary[],
  pricing: { currency: Currency; groups: readonly string[]; ofVariants: boolean },
): Promise<ProductSummary[]> {
  if (products.length === 0) return [];
  const { currency, groups, ofVariants } = pricing;
  const productIds = products.map(({ id }) => id);
  const variants = await ports.catalogue.prices({ productIds, currency, groups, nowMs: ports.clock.now() });
  return products.map((product) => {
    const own = variants.filter(({ productId }) => productId === product.id);
    const prices = own.flatMap((variant) => priceOf(variant, currency) ?? []);
    return {
      ...product,
      availability: bestAvailability(own) ?? product.availability,
      price: prices.toSorted((a, b) => a.unitPrice.amount - b.unitPrice.amount)[0] ?? null,
      ...(ofVariants ? { variantPrices: prices } : {}),
    };
  });
}

function priceOf({ variantId, base, listed }: PricedVariant, currency: Currency): ProductPrice | null {
  const price = bestPrice(base, listed, 1);
  if (price === null) return null;
  const money = (amount: number): Money => ({ amount, currency });
  const { unitPrice, listPrice, compareAt, priceSource } = price;
  return {
    variantId,
    unitPrice: money(unitPrice),
    listPrice: money(listPrice),
    compareAt: compareAt === null ? null : money(compareAt),
    priceSource,
  };
}
