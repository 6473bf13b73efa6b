import { z } from 'zod';
import type { ListedPrice } from '#shared/domain/pricing/price-lists.ts';
import {
  availabilitySchema,
  deliveryRuleSchema,
  productFulfilmentSchema,
  productKindSchema,
  productStatusSchema,
} from '#shared/domain/product.ts';
import { customerLimitSchema } from '#shared/domain/purchase-limits.ts';
import type { Currency } from '#shared/money/money.ts';
import { withAncestors } from './collection-rules.ts';
import { json } from './json-column.ts';

const rowSchema = z.object({
  /** The bundle it is wanted for, and how many units are in one; null: it is wanted itself. */
  bundleId: z.string().nullable(),
  units: z.int().nullable(),
  variantId: z.string(),
  sku: z.string(),
  variantTitle: z.string(),
  stockTracked: z.int().transform(Boolean),
  stockShards: z.int(),
  availability: availabilitySchema,
  expectedAt: z.int().nullable(),
  productId: z.string(),
  productVersion: z.int(),
  status: productStatusSchema,
  kind: productKindSchema,
  title: z.string(),
  quantityMax: z.int(),
  quantityMin: z.int(),
  quantityMultiple: z.int(),
  perCustomer: json(customerLimitSchema).nullable(),
  variantPerCustomer: json(customerLimitSchema).nullable(),
  customisationSchema: json(z.record(z.string(), z.unknown())).nullable(),
  fulfilment: json(productFulfilmentSchema),
  taxClass: z.string(),
  delivery: deliveryRuleSchema,
  collections: json(z.array(z.string())),
  amount: z.int().nullable(),
  compareAt: z.int().nullable(),
});
export type PurchasableRow = z.infer<typeof rowSchema>;

const VARIANTS = `
WITH wanted AS (
  SELECT w.value->>'variantId' AS id, NULL AS bundle_id, NULL AS units, 0 AS position FROM json_each(?1) AS w UNION ALL
  SELECT part.id, b.variant_id, b.quantity, b.position FROM json_each(?1) AS w
    JOIN bundle_components b ON b.variant_id = w.value->>'variantId' JOIN variants part ON part.sku = b.sku)
SELECT wanted.bundle_id AS bundleId, wanted.units, v.id AS variantId, v.sku, v.title AS variantTitle, v.stock_tracked AS stockTracked,
  coalesce(s.shards, 1) AS stockShards,
  va.availability, va.expected_at_ms AS expectedAt, p.id AS productId,
  p.version AS productVersion, p.status, p.kind, p.title, coalesce(v.limits->>'quantityMax', p.quantity_max) AS quantityMax,
  coalesce(v.limits->>'quantityMin', p.limits->>'quantityMin') AS quantityMin,
  coalesce(v.limits->>'quantityMultiple', p.limits->>'quantityMultiple') AS quantityMultiple,
  p.limits->>'perCustomer' AS perCustomer, v.limits->>'perCustomer' AS variantPerCustomer,
  p.customisation_schema AS customisationSchema, p.fulfilment, p.tax_class AS taxClass, p.delivery,
  (${withAncestors('SELECT collection_id FROM product_collections WHERE product_id = p.id')}
     SELECT json_group_array(c.handle ORDER BY c.handle) FROM up JOIN collections c ON c.id = up.id) AS collections,
  m.amount, m.compare_at_amount AS compareAt
FROM wanted JOIN variants v ON v.id = wanted.id JOIN products p ON p.id = v.product_id
LEFT JOIN stock_levels s ON s.sku = v.sku
JOIN variant_availability va ON va.variant_id = v.id
LEFT JOIN prices m ON m.variant_id = v.id AND m.currency = ?2 ORDER BY wanted.bundle_id, wanted.position`;

/** Prices of lists that are for one of the groups (?3) or for everybody, at a time (?4), for the quantity wanted. */
const LISTED = `
SELECT e.variant_id AS variantId, e.price_list_id AS priceListId, l.title, e.quantity_min AS quantityMin, e.amount,
  e.compare_at_amount AS compareAt, l.groups <> '[]' AS forGroup, l.ends_at_ms IS NOT NULL AS limitedInTime
FROM json_each(?1) AS wanted
JOIN price_list_entries e ON e.variant_id = wanted.value->>'variantId' AND e.currency = ?2
  AND e.quantity_min <= wanted.value->>'quantity'
JOIN price_lists l ON l.id = e.price_list_id
WHERE l.status = 'active' AND (l.starts_at_ms IS NULL OR l.starts_at_ms <= ?4) AND (l.ends_at_ms IS NULL OR l.ends_at_ms > ?4)
  AND (l.groups = '[]' OR EXISTS (SELECT 1 FROM json_each(l.groups) g JOIN json_each(?3) mine ON mine.value = g.value))`;

type ListedRow = Omit<ListedPrice, 'forGroup' | 'limitedInTime'> & {
  variantId: string;
  forGroup: number;
  limitedInTime: number;
};

export interface PurchasableQuery {
  items: readonly { variantId: string; quantity: number }[];
  currency: Currency;
  /** Handles of the customer's groups. */
  groups: readonly string[];
  nowMs: number;
}

/**
 * What an order needs of each variant, with every price that may count, straight from the primary database: never a
 * replica, never a cache. One round trip, whatever the catalogue's size.
 */
export async function readPurchasable(
  database: D1Database,
  query: PurchasableQuery,
): Promise<{ variants: PurchasableRow[]; listed: Map<string, ListedPrice[]> }> {
  const session = database.withSession('first-primary');
  const items = JSON.stringify(query.items);
  const [variants, prices] = await session.batch([
    session.prepare(VARIANTS).bind(items, query.currency),
    session.prepare(LISTED).bind(items, query.currency, JSON.stringify(query.groups), query.nowMs),
  ]);
  const listed = new Map<string, ListedPrice[]>();
  for (const { variantId, forGroup, limitedInTime, ...price } of (prices?.results ?? []) as ListedRow[]) {
    const known = listed.get(variantId) ?? [];
    known.push({ ...price, forGroup: forGroup === 1, limitedInTime: limitedInTime === 1 });
    listed.set(variantId, known);
  }
  return { variants: rowSchema.array().parse(variants?.results ?? []), listed };
}
