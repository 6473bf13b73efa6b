import type { PriceListEntries } from '#shared/contracts/http/pricing-rules.ts';

interface EntryRow {
  variantId: string;
  quantityMin: number;
  amount: number;
  compareAt: number | null;
}

/**
 * Writes and takes out entries of a list, in one atomic batch. Answers the variants nobody knows (then nothing was
 * written), null when there is no such list or it is archived.
 */
export async function writeEntries(
  database: D1DatabaseSession,
  priceListId: string,
  { entries, remove }: PriceListEntries,
  nowMs: number,
): Promise<string[] | null> {
  const [wanted, unwanted] = [JSON.stringify(entries), JSON.stringify(remove)];
  const [list, unknown] = await database.batch<{ id: string }>([
    database.prepare("SELECT id FROM price_lists WHERE id = ?1 AND status = 'active'").bind(priceListId),
    database
      .prepare(
        `SELECT DISTINCT e.value->>'variantId' AS id FROM json_each(?1) AS e
         WHERE NOT EXISTS (SELECT 1 FROM variants v WHERE v.id = e.value->>'variantId')`,
      )
      .bind(wanted),
    database
      .prepare(
        `DELETE FROM price_list_entries WHERE price_list_id = ?1 AND (variant_id, quantity_min) IN
         (SELECT r.value->>'variantId', r.value->>'quantityMin' FROM json_each(?2) AS r)
         AND NOT EXISTS (SELECT 1 FROM json_each(?3) AS e
           WHERE NOT EXISTS (SELECT 1 FROM variants v WHERE v.id = e.value->>'variantId'))`,
      )
      .bind(priceListId, unwanted, wanted),
    database
      .prepare(
        `INSERT INTO price_list_entries (variant_id, currency, price_list_id, quantity_min, amount, compare_at_amount)
         SELECT e.value->>'variantId', l.currency, l.id, e.value->>'quantityMin', e.value->>'amount', e.value->>'compareAt'
         FROM json_each(?2) AS e JOIN price_lists l ON l.id = ?1 AND l.status = 'active'
         WHERE NOT EXISTS (SELECT 1 FROM json_each(?2) AS other
           WHERE NOT EXISTS (SELECT 1 FROM variants v WHERE v.id = other.value->>'variantId'))
         ON CONFLICT (variant_id, currency, price_list_id, quantity_min) DO UPDATE
           SET amount = excluded.amount, compare_at_amount = excluded.compare_at_amount`,
      )
      .bind(priceListId, wanted),
    database
      .prepare(
        `INSERT INTO catalogue_events (type, subject, version, status, at_ms)
         SELECT 'price_list.updated', id, version, status, ?3 FROM price_lists WHERE id = ?1 AND status = 'active'
         AND NOT EXISTS (SELECT 1 FROM json_each(?2) AS e
           WHERE NOT EXISTS (SELECT 1 FROM variants v WHERE v.id = e.value->>'variantId'))`,
      )
      .bind(priceListId, wanted, nowMs),
  ]);
  if ((list?.results.length ?? 0) === 0) return null;
  return (unknown?.results ?? []).map(({ id }) => id);
}

/** By variant and quantity, after one. */
export async function listEntries(
  database: D1DatabaseSession,
  page: { priceListId: string; after: { variantId: string; quantityMin: number }; limit: number },
): Promise<EntryRow[]> {
  const { results } = await database
    .prepare(
      `SELECT variant_id AS variantId, quantity_min AS quantityMin, amount, compare_at_amount AS compareAt
       FROM price_list_entries WHERE price_list_id = ?1 AND (variant_id, quantity_min) > (?2, ?3)
       ORDER BY variant_id, quantity_min LIMIT ?4`,
    )
    .bind(page.priceListId, page.after.variantId, page.after.quantityMin, page.limit)
    .all<EntryRow>();
  return results;
}
