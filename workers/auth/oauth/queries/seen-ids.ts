import { sha256 } from '#shared/crypto/bytes.ts';
import type { Write } from '../../queries/commit.ts';

/** Ids that may be used once: of proofs of possession and of clients' assertions. */
export function seenIdQueries(database: D1Database) {
  return {
    /** Of parallel calls with one id one is told that it is new. */
    async isNew(id: string, expiresAt: number): Promise<boolean> {
      const { results } = await database
        .prepare('INSERT INTO oauth_seen_ids VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1 AS added')
        .bind(sha256(id), expiresAt)
        .all();
      return results.length > 0;
    },

    deleteExpired(now: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM oauth_seen_ids WHERE id_hash IN
           (SELECT id_hash FROM oauth_seen_ids WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(now, limit);
    },
  };
}
