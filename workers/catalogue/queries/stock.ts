import { availabilityStatements, type WriteContext } from './availability.ts';

/**
 * Takes over what the stock says of a SKU, unless it already knows something newer: an event that comes twice or late
 * changes nothing. One round trip; true when the product's availability has become another one.
 */
export async function applyStockLevel(
  database: D1Database,
  level: { sku: string; available: number; sequence: number },
  context: WriteContext,
): Promise<boolean> {
  const owner = '(SELECT product_id FROM variants WHERE sku = ?1)';
  const [, woken] = await database.batch([
    database
      .prepare(
        `INSERT INTO stock_levels (sku, available, sequence) VALUES (?1, ?2, ?3)
         ON CONFLICT (sku) DO UPDATE SET available = excluded.available, sequence = excluded.sequence
         WHERE excluded.sequence > stock_levels.sequence`,
      )
      .bind(level.sku, level.available, level.sequence),
    ...availabilityStatements(database, owner, level.sku, context),
  ]);
  return (woken?.results.length ?? 0) > 0;
}
