import { and, asc, eq, gt, isNull, or } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { apiKeys } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';
import { keyTable } from '../../queries/key-table.ts';

export type ApiKeyRow = typeof apiKeys.$inferSelect;

export function apiKeyQueries(database: D1Database) {
  const db = drizzle(database);
  const counting = (now: number) =>
    and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)));
  return {
    ...keyTable(database, 'api_keys'),

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
