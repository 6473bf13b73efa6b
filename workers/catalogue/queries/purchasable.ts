import { and, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { prices, products, variants } from '#shared/db/catalogue.ts';
import type { Currency } from '#shared/money/money.ts';

/**
 * What an order needs of each variant, with its price in one currency (null: none), straight from the primary database:
 * never a replica, never a cache. One statement.
 */
export function readPurchasable(database: D1Database, variantIds: readonly string[], currency: Currency) {
  return drizzle(database.withSession('first-primary') as unknown as D1Database)
    .select({
      variantId: variants.id,
      sku: variants.sku,
      variantTitle: variants.title,
      stockTracked: variants.stockTracked,
      productId: products.id,
      productVersion: products.version,
      status: products.status,
      kind: products.kind,
      title: products.title,
      quantityMax: products.quantityMax,
      customisationSchema: products.customisationSchema,
      fulfilment: products.fulfilment,
      amount: prices.amount,
    })
    .from(variants)
    .innerJoin(products, eq(products.id, variants.productId))
    .leftJoin(prices, and(eq(prices.variantId, variants.id), eq(prices.currency, currency)))
    .where(sql`${variants.id} IN (SELECT value FROM json_each(${JSON.stringify(variantIds)}))`)
    .all();
}
export type PurchasableRow = Awaited<ReturnType<typeof readPurchasable>>[number];
