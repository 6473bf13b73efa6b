export interface NewReveal {
  id: string;
  instanceId: string;
  /** Names which credentials they are. */
  credentials: string;
  by: string;
  isFresh: boolean;
  requestId: string;
  now: number;
}

export const revealQueries = (database: D1Database) => ({
  /**
   * Writes down that somebody is about to see these credentials: whoever has just shown who they are, or the first one who
   * asks. Of many at once one is the first. False: neither.
   */
  async reveal({ id, instanceId, credentials, by, isFresh, requestId, now }: NewReveal): Promise<boolean> {
    const [inserted] = await database.batch([
      database
        .prepare(
          `INSERT INTO credential_reveals (id, instance_id, customer_id, credentials, by_id, was_fresh, request_id, at)
           SELECT ?1, id, customer_id, ?3, ?4, ?5, ?6, ?7 FROM instances
           WHERE id = ?2 AND (?5 = 1 OR NOT EXISTS
             (SELECT 1 FROM credential_reveals WHERE instance_id = ?2 AND credentials = ?3))`,
        )
        .bind(id, instanceId, credentials, by, isFresh ? 1 : 0, requestId, now),
      database
        .prepare(
          `INSERT INTO instance_history (instance_id, sequence, at, type, text)
           SELECT ?1, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM instance_history WHERE instance_id = ?1), ?2,
             'credentials.revealed', ?3
           WHERE EXISTS (SELECT 1 FROM credential_reveals WHERE id = ?4)`,
        )
        .bind(instanceId, now, `Its credentials were shown to ${by}.`, id),
    ]);
    return (inserted?.meta.changes ?? 0) > 0;
  },
});
