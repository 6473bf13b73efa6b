import { and, asc, eq, gt, gte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ownerLinks } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type OwnerLinkRow = typeof ownerLinks.$inferSelect;
export type OwnerLinkPurpose = OwnerLinkRow['purpose'];

export function ownerLinkQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    add(row: OwnerLinkRow): Write {
      return database
        .prepare('INSERT INTO owner_links VALUES (?, ?, ?, ?, ?, ?)')
        .bind(row.tokenHash, row.purpose, row.accountId, row.emailIndex, row.emailSealed, row.expiresAt);
    },

    /** A look only: whoever acts on it commits `expectAlive` and a removal with the action. */
    async peek(tokenHash: string, purpose: OwnerLinkPurpose, now: number): Promise<OwnerLinkRow | null> {
      const [row] = await db
        .select()
        .from(ownerLinks)
        .where(
          and(
            eq(ownerLinks.tokenHash, tokenHash),
            eq(ownerLinks.purpose, purpose),
            gt(ownerLinks.expiresAt, now),
          ),
        );
      return row ?? null;
    },

    /** The oldest of an account's links of a kind that end no earlier than `endsFrom`. */
    async firstSince(
      accountId: string,
      purpose: OwnerLinkPurpose,
      endsFrom: number,
    ): Promise<OwnerLinkRow | null> {
      const [row] = await db
        .select()
        .from(ownerLinks)
        .where(
          and(
            eq(ownerLinks.accountId, accountId),
            eq(ownerLinks.purpose, purpose),
            gte(ownerLinks.expiresAt, endsFrom),
          ),
        )
        .orderBy(asc(ownerLinks.expiresAt))
        .limit(1);
      return row ?? null;
    },

    expectAlive(tokenHash: string, now: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM owner_links WHERE token_hash = ? AND expires_at > ?)`,
        )
        .bind(tokenHash, now);
    },

    /** What can take an account back and ends no earlier than `endsFrom`, but for the link `kept`. */
    removeSince(accountId: string, endsFrom: number, kept: string | null): Write {
      return database
        .prepare(
          `DELETE FROM owner_links WHERE account_id = ? AND purpose IN ('undo_email', 'not_me') AND expires_at >= ?
             AND token_hash IS NOT ?`,
        )
        .bind(accountId, endsFrom, kept);
    },

    removeAll(accountId: string, purpose: OwnerLinkPurpose): Write {
      return database
        .prepare('DELETE FROM owner_links WHERE account_id = ? AND purpose = ?')
        .bind(accountId, purpose);
    },

    deleteExpired(now: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM owner_links WHERE token_hash IN
           (SELECT token_hash FROM owner_links WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(now, limit);
    },
  };
}
export type OwnerLinkQueries = ReturnType<typeof ownerLinkQueries>;
