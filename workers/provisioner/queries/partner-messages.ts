/** A message that a partner fetches. */
interface WaitingMessage {
  id: string;
  sealedBody: string;
}

export const partnerMessageQueries = (database: D1Database) => ({
  /** Once, however often it is repeated; one that was taken back stays so. */
  async put(
    message: { id: string; connection: string; topic: string; cancels: string | null; sealedBody: string },
    now: number,
  ): Promise<void> {
    await database
      .prepare(
        `INSERT INTO partner_messages (id, connection, topic, cancels, sealed_body, created_at)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .bind(message.id, message.connection, message.topic, message.cancels, message.sealedBody, now)
      .run();
  },

  /** The oldest that nobody has fetched, or that nobody acknowledged in time. Nobody gets them again before `until`. */
  async lease(
    connection: string,
    { limit, now, until }: { limit: number; now: number; until: number },
  ): Promise<WaitingMessage[]> {
    const { results } = await database
      .prepare(
        `UPDATE partner_messages SET leased_until = ?1, deliveries = deliveries + 1
         WHERE id IN (SELECT id FROM partner_messages
           WHERE connection = ?2 AND sealed_body IS NOT NULL AND leased_until <= ?3
           ORDER BY created_at, id LIMIT ?4)
         RETURNING id, sealed_body AS sealedBody, created_at AS createdAt`,
      )
      .bind(until, connection, now, limit)
      .all<WaitingMessage & { createdAt: number }>();
    return results
      .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .map(({ id, sealedBody }) => ({ id, sealedBody }));
  },

  /** Handled: they are never delivered again, and what they said is wiped. Safe to repeat. */
  async acknowledge(connection: string, ids: readonly string[], now: number): Promise<void> {
    await database
      .prepare(
        `UPDATE partner_messages SET sealed_body = NULL, acknowledged_at = ?1
         WHERE connection = ?2 AND id IN (SELECT value FROM json_each(?3)) AND sealed_body IS NOT NULL
           AND deliveries > 0`,
      )
      .bind(now, connection, JSON.stringify(ids))
      .run();
  },

  /** True: nobody ever fetched it, and nobody will. */
  async withdraw(id: string, now: number): Promise<boolean> {
    const { results } = await database
      .prepare(
        `UPDATE partner_messages SET sealed_body = NULL, withdrawn_at = COALESCE(withdrawn_at, ?1)
         WHERE id = ?2 AND deliveries = 0 RETURNING 1`,
      )
      .bind(now, id)
      .all();
    return results.length > 0;
  },
});
