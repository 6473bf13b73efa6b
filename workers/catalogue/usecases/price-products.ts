import type { ProductPrice, ProductSummary } from '#shared/contracts/http/products.ts';
import { bestPrice } from '#shared/domain/pricing/price-lists.ts';
import type { Currency, Money } from '#shared/money/money.ts';
import { bestAvailability } from '../domain/availability.ts';
import type { Ports } from '../ports.ts';
import type { PricedVariant } from '../queries/product-prices.ts';

/**
 * Puts beside each product what its cheapest variant costs now, by price lists too, and how available it is this moment.
 * `groups` are the customer's. One round trip for all.
 */
export async function withPrices(
  ports: Pick<Ports, 'catalogue' | 'clock'>,
  products: readonly ProductSummary[],
  { currency, groups }: { currency: Currency; groups: readonly string[] },
): Promise<ProductSummary[]> {
  if (products.length === 0) return [];
  const productIds = products.map(({ id }) => id);
  const variants = await ports.catalogue.prices({ productIds, currency, groups, nowMs: ports.clock.now() });
  return products.map((product) => {
    const own = variants.filter(({ productId }) => productId === product.id);
    return {
      ...product,
      availability: bestAvailability(own) ?? product.availability,
      price: cheapest(own, currency),
    };
  });
}

function cheapest(variants: readonly PricedVariant[], currency: Currency): ProductPrice | null {
  const money = (amount: number): Money => ({ amount, currency });
  const prices = variants.flatMap(({ variantId, base, listed }) => {
    const price = bestPrice(base, listed, 1);
    return price === null ? [] : [{ variantId, ...price }];
  });
  const [lowest] = prices.sort((a, b) => a.unitPrice - b.unitPrice);
  if (lowest === undefined) return null;
  const { variantId, unitPrice, listPrice, compareAt, priceSource } = lowest;
  return {
    variantId,
    unitPrice: money(unitPrice),
    listPrice: money(listPrice),
    compareAt: compareAt === null ? null : money(compareAt),
    priceSource,
  };
}
