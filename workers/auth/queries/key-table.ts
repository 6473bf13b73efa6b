import type { Write } from './commit.ts';

/** A table of keys for integrations, by its column that says whose they are. */
const OWNER_OF = { api_keys: 'account_id', organisation_api_keys: 'organisation_id' } as const;

/** What holds for every key, whoever owns it. */
export function keyTable(database: D1Database, table: keyof typeof OWNER_OF) {
  const owner = OWNER_OF[table];
  return {
    /** Undoes its batch when the owner has `max` keys that are not revoked. */
    expectRoom: (ownerId: string, max: number): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT
           (SELECT count(*) FROM ${table} WHERE ${owner} = ? AND revoked_at IS NULL) < ?`,
        )
        .bind(ownerId, max),

    /** Undoes its batch when the key is somebody else's, unknown or revoked. */
    expectOwned: (id: string, ownerId: string): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM ${table} WHERE id = ? AND ${owner} = ? AND revoked_at IS NULL)`,
        )
        .bind(id, ownerId),

    revoke: (id: string, now: number): Write =>
      database.prepare(`UPDATE ${table} SET revoked_at = ? WHERE id = ?`).bind(now, id),

    /** Keys that were revoked or ended before then. */
    deleteEnded: (before: number, limit: number): Write =>
      database
        .prepare(
          `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table}
           WHERE revoked_at <= ?1 OR expires_at <= ?1 LIMIT ?2)`,
        )
        .bind(before, limit),
  };
}
