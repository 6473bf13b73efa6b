import type { LocationAvailability } from '#shared/contracts/http/products.ts';
import type { StockSummary } from '#shared/contracts/http/stock.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { availabilityStatements, type WriteContext } from './availability.ts';

export interface StockFigures {
  sku: string;
  available: number;
  /** Null: the stock did not say. */
  availability: string | null;
  expectedAt: number | null;
  shards: number;
  /** Empty: the stock did not say. */
  locations: LocationAvailability[];
  sequence: number;
}

/**
 * Takes over what the stock says of a SKU, unless it already knows something newer: an event that comes twice or late
 * changes nothing. One round trip; true when the product's availability has become another one.
 */
export async function applyStockLevel(
  database: D1DatabaseSession,
  level: StockFigures,
  context: WriteContext,
): Promise<boolean> {
  const owner =
    '(SELECT product_id FROM variants WHERE sku = ?1 UNION SELECT product_id FROM bundle_components WHERE sku = ?1)';
  const [, woken] = await database.batch([
    database
      .prepare(
        `INSERT INTO stock_levels (sku, available, sequence, availability, expected_at_ms, shards, locations)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (sku) DO UPDATE SET available = excluded.available, sequence = excluded.sequence,
           availability = excluded.availability, expected_at_ms = excluded.expected_at_ms, shards = excluded.shards,
           locations = excluded.locations
         WHERE excluded.sequence > stock_levels.sequence`,
      )
      .bind(
        level.sku,
        level.available,
        level.sequence,
        level.availability,
        level.expectedAt,
        level.shards,
        JSON.stringify(level.locations),
      ),
    ...availabilityStatements(database, owner, level.sku, context),
  ]);
  return (woken?.results.length ?? 0) > 0;
}

/** A page of SKUs the stock has spoken of, by SKU; `scarceOnly`: those that are low, on backorder or out. */
export async function listStock(
  database: D1Database,
  page: { scarceOnly: boolean; after: string; limit: number },
): Promise<StockSummary[]> {
  const scarce = page.scarceOnly ? "AND availability IN ('low_stock', 'backorder', 'out_of_stock')" : '';
  const { results } = await database
    .withSession('first-unconstrained')
    .prepare(
      `SELECT sku, available, availability, expected_at_ms AS expectedAtMs, sequence FROM stock_levels
       WHERE sku > ? AND availability IS NOT NULL ${scarce} ORDER BY sku LIMIT ?`,
    )
    .bind(page.after, page.limit)
    .all<Omit<StockSummary, 'expectedAt'> & { expectedAtMs: number | null }>();
  return results.map(({ expectedAtMs, ...row }) => ({
    ...row,
    expectedAt: expectedAtMs === null ? null : rfc3339(expectedAtMs),
  }));
}
