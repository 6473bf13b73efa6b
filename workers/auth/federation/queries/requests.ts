import { and, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { federationRequests } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export type FederationRequest = typeof federationRequests.$inferSelect;

/** Sign-ins under way at a provider. */
export function requestQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async begin(row: FederationRequest): Promise<void> {
      await db.insert(federationRequests).values(row);
    },

    /** Taken out by the first answer of the browser that began it, whatever follows; nobody else uses it up. */
    async take(key: {
      stateHash: string;
      connectionId: string;
      browserHash: string;
      now: number;
    }): Promise<FederationRequest | null> {
      const [row] = await db
        .delete(federationRequests)
        .where(
          and(
            eq(federationRequests.stateHash, key.stateHash),
            eq(federationRequests.connectionId, key.connectionId),
            eq(federationRequests.browserHash, key.browserHash),
            gt(federationRequests.expiresAt, key.now),
          ),
        )
        .returning();
      return row ?? null;
    },

    deleteExpired: (now: number, limit: number): Write =>
      database
        .prepare(
          `DELETE FROM federation_requests WHERE state_hash IN
           (SELECT state_hash FROM federation_requests WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(now, limit),
  };
}
