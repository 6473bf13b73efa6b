import type { PriceListEntries } from '#shared/contracts/http/pricing-rules.ts';

interface EntryRow {
  variantId: string;
  quantityMin: number;
  amount: number;
  compareAt: number | null;
}

export interface EntriesWrite {
  priceListId: string;
  /** The version of the list it was decided on; null: whichever is there. */
  readVersion: number | null;
  wanted: PriceListEntries;
  actorId: string;
  nowMs: number;
}
export type EntriesOutcome =
  | { outcome: 'as_stated'; version: number }
  | { outcome: 'unknown_list' }
  | { outcome: 'unknown_variants'; ids: string[] }
  | { outcome: 'changed_meanwhile' };

const UNKNOWN_VARIANTS = (entries: string): string =>
  `SELECT DISTINCT e.value->>'variantId' AS id FROM json_each(${entries}) AS e
   WHERE NOT EXISTS (SELECT 1 FROM variants v WHERE v.id = e.value->>'variantId')`;

/** What the list (?1) would have otherwise than it has: of what is wanted (?2) and unwanted (?3). */
const DIFFERENCES = `
  SELECT w.variant_id, w.quantity_min,
    iif(old.amount IS NULL, NULL, json_object('amount', old.amount, 'compareAt', old.compare_at_amount)) AS before,
    iif(w.amount IS NULL, NULL, json_object('amount', w.amount, 'compareAt', w.compare_at)) AS after
  FROM (
    SELECT value->>'variantId' AS variant_id, value->>'quantityMin' AS quantity_min, value->>'amount' AS amount,
      value->>'compareAt' AS compare_at FROM json_each(?2)
    UNION ALL SELECT value->>'variantId', value->>'quantityMin', NULL, NULL FROM json_each(?3)
  ) AS w
  LEFT JOIN price_list_entries AS old
    ON old.price_list_id = ?1 AND old.variant_id = w.variant_id AND old.quantity_min = w.quantity_min
  WHERE old.amount IS NOT w.amount OR old.compare_at_amount IS NOT w.compare_at`;

/** What this batch is about to change: rows of the version that the list gets at its end. */
const CHANGES = `price_list_changes AS c JOIN price_lists AS l ON l.id = ?1 AND c.price_list_id = ?1 AND c.version = l.version + 1`;

/**
 * Writes and takes out entries of a list as its next version, in one atomic batch, with what each was before. What is as
 * stated already makes no version, whichever version it was decided on: a request can be repeated.
 */
export async function writeEntries(
  database: D1DatabaseSession,
  { priceListId, readVersion, wanted, actorId, nowMs }: EntriesWrite,
): Promise<EntriesOutcome> {
  const [entries, remove] = [JSON.stringify(wanted.entries), JSON.stringify(wanted.remove)];
  const [list, unknown, differing] = await database.batch([
    database.prepare("SELECT version FROM price_lists WHERE id = ?1 AND status = 'active'").bind(priceListId),
    database.prepare(UNKNOWN_VARIANTS('?1')).bind(entries),
    database.prepare(`SELECT 1 FROM (${DIFFERENCES}) LIMIT 1`).bind(priceListId, entries, remove),
    database
      .prepare(
        `INSERT INTO price_list_changes (price_list_id, version, at_ms, actor_id, variant_id, quantity_min, before, after)
         SELECT l.id, l.version + 1, ?5, ?6, d.variant_id, d.quantity_min, d.before, d.after
         FROM price_lists AS l, (${DIFFERENCES}) AS d
         WHERE l.id = ?1 AND l.status = 'active' AND (?4 IS NULL OR l.version = ?4)
           AND NOT EXISTS (${UNKNOWN_VARIANTS('?2')})`,
      )
      .bind(priceListId, entries, remove, readVersion, nowMs, actorId),
    database
      .prepare(
        `DELETE FROM price_list_entries WHERE price_list_id = ?1 AND (variant_id, quantity_min) IN
         (SELECT c.variant_id, c.quantity_min FROM ${CHANGES} WHERE c.after IS NULL)`,
      )
      .bind(priceListId),
    database
      .prepare(
        `INSERT INTO price_list_entries (variant_id, currency, price_list_id, quantity_min, amount, compare_at_amount)
         SELECT c.variant_id, l.currency, l.id, c.quantity_min, c.after->>'amount', c.after->>'compareAt'
         FROM ${CHANGES} WHERE c.after IS NOT NULL
         ON CONFLICT (variant_id, currency, price_list_id, quantity_min) DO UPDATE
           SET amount = excluded.amount, compare_at_amount = excluded.compare_at_amount`,
      )
      .bind(priceListId),
    database
      .prepare(
        `UPDATE price_lists SET version = version + 1, updated_at_ms = ?2, written_by = ?3
         WHERE id = ?1 AND EXISTS (SELECT 1 FROM price_list_changes AS c WHERE c.price_list_id = ?1
           AND c.version = price_lists.version + 1)`,
      )
      .bind(priceListId, nowMs, actorId),
  ]);
  const [found] = (list?.results ?? []) as { version: number }[];
  if (found === undefined) return { outcome: 'unknown_list' };
  const ids = ((unknown?.results ?? []) as { id: string }[]).map(({ id }) => id);
  if (ids.length > 0) return { outcome: 'unknown_variants', ids };
  if ((differing?.results.length ?? 0) === 0) return { outcome: 'as_stated', version: found.version };
  if (readVersion !== null && readVersion !== found.version) return { outcome: 'changed_meanwhile' };
  return { outcome: 'as_stated', version: found.version + 1 };
}

/** By variant and quantity, after one, with the list's version; null: there is no such list. One round trip. */
export async function listEntries(
  database: D1DatabaseSession,
  page: { priceListId: string; after: { variantId: string; quantityMin: number }; limit: number },
): Promise<{ version: number; items: EntryRow[] } | null> {
  const [list, entries] = await database.batch([
    database.prepare('SELECT version FROM price_lists WHERE id = ?1').bind(page.priceListId),
    database
      .prepare(
        `SELECT variant_id AS variantId, quantity_min AS quantityMin, amount, compare_at_amount AS compareAt
         FROM price_list_entries WHERE price_list_id = ?1 AND (variant_id, quantity_min) > (?2, ?3)
         ORDER BY variant_id, quantity_min LIMIT ?4`,
      )
      .bind(page.priceListId, page.after.variantId, page.after.quantityMin, page.limit),
  ]);
  const [found] = (list?.results ?? []) as { version: number }[];
  return found === undefined
    ? null
    : { version: found.version, items: (entries?.results ?? []) as unknown as EntryRow[] };
}
