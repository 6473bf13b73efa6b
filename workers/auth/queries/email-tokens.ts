import { and, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { emailTokens } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type EmailTokenRow = typeof emailTokens.$inferSelect;
export type EmailTokenPurpose = EmailTokenRow['purpose'];

export function emailTokenQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    /** A look only: whoever acts on it commits `expectAlive` and `consume` with the action. */
    async peek(tokenHash: string, purpose: EmailTokenPurpose, now: number): Promise<EmailTokenRow | null> {
      const [row] = await db
        .select()
        .from(emailTokens)
        .where(
          and(
            eq(emailTokens.tokenHash, tokenHash),
            eq(emailTokens.purpose, purpose),
            gt(emailTokens.expiresAt, now),
          ),
        );
      return row ?? null;
    },

    add(row: EmailTokenRow): Write {
      return database
        .prepare('INSERT INTO email_tokens VALUES (?, ?, ?, ?, ?, ?)')
        .bind(row.tokenHash, row.purpose, row.accountId, row.emailIndex, row.emailSealed, row.expiresAt);
    },

    expectAlive(tokenHash: string, now: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM email_tokens WHERE token_hash = ? AND expires_at > ?)`,
        )
        .bind(tokenHash, now);
    },

    /** The one used and every other to the same address: using one link ends them all. */
    consume(row: Pick<EmailTokenRow, 'tokenHash' | 'emailIndex'>): Write {
      return database
        .prepare('DELETE FROM email_tokens WHERE token_hash = ? OR email_index = ?')
        .bind(row.tokenHash, row.emailIndex);
    },

    /** Links to an address that is the account's no more. */
    removeAll(accountId: string): Write {
      return database.prepare('DELETE FROM email_tokens WHERE account_id = ?').bind(accountId);
    },

    deleteExpired(now: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM email_tokens WHERE token_hash IN
           (SELECT token_hash FROM email_tokens WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(now, limit);
    },
  };
}
export type EmailTokenQueries = ReturnType<typeof emailTokenQueries>;
