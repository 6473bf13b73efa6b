import type { LocationAvailability } from '#shared/contracts/http/products.ts';
import type { Availability } from '#shared/domain/product.ts';

const RANK = { unlimited: 4, in_stock: 3, low_stock: 2, backorder: 1, out_of_stock: 0 } as const;

/** A product is as available as its most available variant; null: it has none. */
export const bestAvailability = (variants: readonly { availability: Availability }[]): Availability | null =>
  variants.map(({ availability }) => availability).sort((a, b) => RANK[b] - RANK[a])[0] ?? null;

/** What lies at one location, and how available it is there: low from `lowStockThreshold` units down. */
export const locationLevel = (
  { code, available }: { code: string; available: number },
  lowStockThreshold: number,
): LocationAvailability => ({
  code,
  available,
  availability: available === 0 ? 'out_of_stock' : available <= lowStockThreshold ? 'low_stock' : 'in_stock',
});
