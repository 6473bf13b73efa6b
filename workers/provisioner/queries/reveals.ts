export interface NewReveal {
  id: string;
  instanceId: string;
  /** Names which credentials they are. */
  credentials: string;
  /** Names the same ones had before. */
  alsoKnownAs: readonly string[];
  by: string;
  isFresh: boolean;
  requestId: string;
  now: number;
}

export const revealQueries = (database: D1Database) => ({
  /**
   * Writes down that somebody is about to see these credentials: whoever has just shown who they are, or the first one who
   * asks since it is this customer's. Of many at once one is the first. False: neither.
   */
  async reveal(reveal: NewReveal): Promise<boolean> {
    const { id, instanceId, credentials, alsoKnownAs, by, isFresh, requestId, now } = reveal;
    const [inserted] = await database.batch([
      database
        .prepare(
          `INSERT INTO credential_reveals (id, instance_id, customer_id, credentials, by_id, was_fresh, request_id, at)
           SELECT ?1, id, customer_id, ?3, ?4, ?5, ?6, ?7 FROM instances
           WHERE id = ?2 AND (?5 = 1 OR NOT EXISTS
             (SELECT 1 FROM credential_reveals seen WHERE seen.instance_id = ?2
               AND seen.customer_id = instances.customer_id AND seen.credentials IN (SELECT value FROM json_each(?8))))`,
        )
        .bind(
          id,
          instanceId,
          credentials,
          by,
          isFresh ? 1 : 0,
          requestId,
          now,
          JSON.stringify([credentials, ...alsoKnownAs]),
        ),
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
