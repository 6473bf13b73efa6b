import { and, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { oauthPushedRequests } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export type PushedRequestRow = typeof oauthPushedRequests.$inferSelect;

export function pushedRequestQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async add(row: PushedRequestRow): Promise<void> {
      await db.insert(oauthPushedRequests).values(row);
    },

    async alive(requestHash: string, now: number): Promise<PushedRequestRow | null> {
      const [row] = await db
        .select()
        .from(oauthPushedRequests)
        .where(and(eq(oauthPushedRequests.requestHash, requestHash), gt(oauthPushedRequests.expiresAt, now)));
      return row ?? null;
    },

    expect(requestHash: string): Write {
      return database
        .prepare(
          'INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM oauth_pushed_requests WHERE request_hash = ?)',
        )
        .bind(requestHash);
    },

    remove(requestHash: string): Write {
      return database.prepare('DELETE FROM oauth_pushed_requests WHERE request_hash = ?').bind(requestHash);
    },

    deleteExpired(now: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM oauth_pushed_requests WHERE request_hash IN
           (SELECT request_hash FROM oauth_pushed_requests WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(now, limit);
    },
  };
}
