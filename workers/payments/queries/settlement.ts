import { rfc3339 } from '#shared/time/time.ts';
import type { SettlementRow } from '../usecases/settlement.ts';

const PAGE = 500;

/** Movements of a period, oldest first, a page at a time. */
export async function* settlementPages(
  database: D1Database,
  { from, to }: { from: number; to: number },
): AsyncGenerator<SettlementRow[]> {
  let after = { at: rfc3339(from), id: '' };
  for (;;) {
    const { results } = await database
      .prepare(
        `SELECT * FROM balance_transactions WHERE (occurred_at, transaction_id) > (?1, ?2) AND occurred_at < ?3
         ORDER BY occurred_at, transaction_id LIMIT ?4`,
      )
      .bind(after.at, after.id, rfc3339(to), PAGE)
      .all<SettlementRow>();
    yield results;
    const last = results.at(-1);
    if (last === undefined || results.length < PAGE) return;
    after = { at: last.occurred_at, id: last.transaction_id };
  }
}
