/** When a swept order is looked at again, in ms: longer the longer it has stood still. */
const AGAIN = {
  leastMs: 300_000,
  mostMs: 3_600_000,
} as const;
/**
 * Once it has ended, never, unless it waits for word of an instance, or a bank may still move its money: while the payment is disputed, and for as long as a
 * refund may come back. The longer ago, the seldomer.
 */
const AFTER_END = { leastMs: 3_600_000, mostMs: 86_400_000, refundMs: 40 * 86_400_000 } as const;

/** Takes what is due and moves its next turn in one statement, so that two sweepers never take the same. */
export async function ordersToSweep(
  database: D1Database,
  page: { now: number; limit: number },
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `UPDATE orders SET sweep_at = CASE
           WHEN state NOT IN ('completed', 'cancelled', 'refunded') OR unsettled = 1
             THEN ?1 + max(?2, min(?3, (?1 - unixepoch(updated_at) * 1000) / 2))
           WHEN payment_status = 'disputed' OR (payment_status IN ('refunded', 'partially_refunded')
             AND ?1 - unixepoch(updated_at) * 1000 < ?7)
             THEN ?1 + max(?5, min(?6, (?1 - unixepoch(updated_at) * 1000) / 2))
         END
       WHERE id IN (SELECT id FROM orders WHERE sweep_at <= ?1 ORDER BY sweep_at LIMIT ?4) RETURNING id`,
    )
    .bind(
      page.now,
      AGAIN.leastMs,
      AGAIN.mostMs,
      page.limit,
      AFTER_END.leastMs,
      AFTER_END.mostMs,
      AFTER_END.refundMs,
    )
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Which of these the projection has lost, or would never hand to the sweeper although they have not ended. */
export async function ordersNotListed(database: D1Database, ids: readonly string[]): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT wanted.value AS id FROM json_each(?) AS wanted LEFT JOIN orders ON orders.id = wanted.value
       WHERE orders.id IS NULL
         OR (orders.sweep_at IS NULL
           AND (orders.state NOT IN ('completed', 'cancelled', 'refunded') OR orders.unsettled = 1))`,
    )
    .bind(JSON.stringify(ids))
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
