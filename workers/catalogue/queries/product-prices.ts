import type { Availability } from '#shared/domain/product.ts';
import type { BasePrice, ListedPrice } from '#shared/domain/pricing/price-lists.ts';
import type { Currency } from '#shared/money/money.ts';

export interface PricedVariant {
  productId: string;
  variantId: string;
  base: BasePrice | null;
  listed: ListedPrice[];
  availability: Availability;
}

const VARIANTS = `
SELECT v.product_id AS productId, v.id AS variantId, m.amount, m.compare_at_amount AS compareAt, va.availability
FROM json_each(?1) AS wanted JOIN variants v ON v.product_id = wanted.value
JOIN variant_availability va ON va.variant_id = v.id
LEFT JOIN prices m ON m.variant_id = v.id AND m.currency = ?2
ORDER BY wanted.key, v.position`;

/** Prices of one unit in lists that are for one of the groups (?3) or for everybody, at a time (?4). */
const LISTED = `
SELECT e.variant_id AS variantId, e.price_list_id AS priceListId, l.title, e.quantity_min AS quantityMin, e.amount,
  e.compare_at_amount AS compareAt, l.groups <> '[]' AS forGroup, l.ends_at_ms IS NOT NULL AS limitedInTime
FROM json_each(?1) AS wanted JOIN variants v ON v.product_id = wanted.value
JOIN price_list_entries e ON e.variant_id = v.id AND e.currency = ?2 AND e.quantity_min = 1
JOIN price_lists l ON l.id = e.price_list_id
WHERE l.status = 'active' AND (l.starts_at_ms IS NULL OR l.starts_at_ms <= ?4) AND (l.ends_at_ms IS NULL OR l.ends_at_ms > ?4)
  AND (l.groups = '[]' OR EXISTS (SELECT 1 FROM json_each(l.groups) g JOIN json_each(?3) mine ON mine.value = g.value))`;

interface VariantRow {
  productId: string;
  variantId: string;
  amount: number | null;
  compareAt: number | null;
  availability: Availability;
}
type ListedRow = Omit<ListedPrice, 'forGroup' | 'limitedInTime'> & {
  variantId: string;
  forGroup: number;
  limitedInTime: number;
};

/** What one unit of each variant of some products may cost, and how available it is; one round trip. */
export async function readProductPrices(
  session: D1DatabaseSession,
  query: { productIds: readonly string[]; currency: Currency; groups: readonly string[]; nowMs: number },
): Promise<PricedVariant[]> {
  const ids = JSON.stringify(query.productIds);
  const [variants, listed] = await session.batch([
    session.prepare(VARIANTS).bind(ids, query.currency),
    session.prepare(LISTED).bind(ids, query.currency, JSON.stringify(query.groups), query.nowMs),
  ]);
  const rows = (listed?.results ?? []) as ListedRow[];
  return ((variants?.results ?? []) as VariantRow[]).map(({ amount, compareAt, ...variant }) => ({
    ...variant,
    base: amount === null ? null : { amount, compareAt },
    listed: rows
      .filter(({ variantId }) => variantId === variant.variantId)
      .map((row) => ({ ...row, forGroup: row.forGroup === 1, limitedInTime: row.limitedInTime === 1 })),
  }));
}
