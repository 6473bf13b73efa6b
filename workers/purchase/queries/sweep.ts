/** When a swept order is looked at again, in ms: longer the longer it has stood still, and once it has ended, never. */
const AGAIN = {
  leastMs: 300_000,
  mostMs: 3_600_000,
} as const;

/** Takes what is due and moves its next turn in one statement, so that two sweepers never take the same. */
export async function ordersToSweep(
  database: D1Database,
  page: { now: number; limit: number },
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `UPDATE orders SET sweep_at = CASE WHEN state IN ('completed', 'cancelled', 'refunded') THEN NULL
         ELSE ?1 + max(?2, min(?3, (?1 - unixepoch(updated_at) * 1000) / 2)) END
       WHERE id IN (SELECT id FROM orders WHERE sweep_at <= ?1 ORDER BY sweep_at LIMIT ?4) RETURNING id`,
    )
    .bind(page.now, AGAIN.leastMs, AGAIN.mostMs, page.limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Which of these the projection has lost, or would never hand to the sweeper although they have not ended. */
export async function ordersNotListed(database: D1Database, ids: readonly string[]): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT wanted.value AS id FROM json_each(?) AS wanted LEFT JOIN orders ON orders.id = wanted.value
       WHERE orders.id IS NULL
         OR (orders.sweep_at IS NULL AND orders.state NOT IN ('completed', 'cancelled', 'refunded'))`,
    )
    .bind(JSON.stringify(ids))
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
