import { and, asc, eq, gt, isNull, or } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { apiKeys } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export type ApiKeyRow = typeof apiKeys.$inferSelect;

export function apiKeyQueries(database: D1Database) {
  const db = drizzle(database);
  const counting = (now: number) =>
    and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)));
  return {
    async ofAccount(accountId: string, limit: number): Promise<ApiKeyRow[]> {
      return db
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.accountId, accountId), isNull(apiKeys.revokedAt)))
        .orderBy(asc(apiKeys.id))
        .limit(limit);
    },

    add(row: ApiKeyRow): Write {
      return database
        .prepare(
          `INSERT INTO api_keys (id, account_id, name, secret_hash, scopes, created_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .bind(
          row.id,
          row.accountId,
          row.name,
          row.secretHash,
          JSON.stringify(row.scopes),
          row.createdAt,
          row.expiresAt,
        );
    },

    expectRoom(accountId: string, max: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT
           (SELECT count(*) FROM api_keys WHERE account_id = ? AND revoked_at IS NULL) < ?`,
        )
        .bind(accountId, max);
    },

    expectOwned(id: string, accountId: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM api_keys WHERE id = ? AND account_id = ? AND revoked_at IS NULL)`,
        )
        .bind(id, accountId);
    },

    revoke(id: string, now: number): Write {
      return database.prepare('UPDATE api_keys SET revoked_at = ? WHERE id = ?').bind(now, id);
    },

    /** Keys that were revoked or ended before then. */
    deleteEnded(before: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys
           WHERE revoked_at <= ?1 OR expires_at <= ?1 LIMIT ?2)`,
        )
        .bind(before, limit);
    },

    /** The key, when it counts now; notes the use. */
    async use(secretHash: string, now: number): Promise<ApiKeyRow | null> {
      const [row] = await db
        .update(apiKeys)
        .set({ lastUsedAt: now })
        .where(and(eq(apiKeys.secretHash, secretHash), counting(now)))
        .returning();
      return row ?? null;
    },
  };
}
