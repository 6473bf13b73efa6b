import type { PriceListChange } from '#shared/contracts/http/pricing-rules.ts';
import { parsed, timeOf } from '#shared/rules/columns.ts';
import { rfc3339 } from '#shared/time/time.ts';

interface ChangeRow {
  id: number;
  version: number;
  atMs: number;
  actorId: string;
  variantId: string | null;
  quantityMin: number | null;
  before: string | null;
  after: string | null;
}

/** Newest first: behind this one. */
export interface ChangePosition {
  version: number;
  id: number;
}

/** What was changed of a list and its prices, newest first, before a place; null: there is no such list. */
export async function listChanges(
  database: D1DatabaseSession,
  page: { priceListId: string; before: ChangePosition; limit: number },
): Promise<{ position: ChangePosition; change: PriceListChange }[] | null> {
  const [list, changes] = await database.batch([
    database.prepare('SELECT id FROM price_lists WHERE id = ?1').bind(page.priceListId),
    database
      .prepare(
        `SELECT id, version, at_ms AS atMs, actor_id AS actorId, variant_id AS variantId, quantity_min AS quantityMin,
           before, after FROM price_list_changes WHERE price_list_id = ?1 AND (version, id) < (?2, ?3)
         ORDER BY version DESC, id DESC LIMIT ?4`,
      )
      .bind(page.priceListId, page.before.version, page.before.id, page.limit),
  ]);
  if ((list?.results.length ?? 0) === 0) return null;
  return ((changes?.results ?? []) as unknown as ChangeRow[]).map((row) => ({
    position: { version: row.version, id: row.id },
    change: changeOf(row),
  }));
}

function changeOf(row: ChangeRow): PriceListChange {
  const { version, variantId, quantityMin } = row;
  const made = { version, at: rfc3339(row.atMs), actorId: row.actorId === '' ? null : row.actorId };
  const stated = variantId === null ? listState : (json: string) => parsed(json);
  const change = {
    from: row.before === null ? null : stated(row.before),
    to: row.after === null ? null : stated(row.after),
  };
  return (
    variantId === null
      ? { of: 'list', ...made, ...change }
      : { of: 'price', ...made, variantId, quantityMin, ...change }
  ) as PriceListChange;
}

function listState(json: string): unknown {
  const { startsAtMs, endsAtMs, ...state } = parsed(json) as Record<string, unknown>;
  return { ...state, startsAt: timeOf(startsAtMs), endsAt: timeOf(endsAtMs) };
}
