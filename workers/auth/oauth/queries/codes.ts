import { eq, getTableColumns } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { oauthCodes } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';
import { agreedIn, type AgreedIn } from './agreed-in.ts';

export type CodeRow = typeof oauthCodes.$inferSelect;

export function codeQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async byHash(codeHash: string): Promise<(CodeRow & AgreedIn) | null> {
      const [row] = await db
        .select({ ...getTableColumns(oauthCodes), ...agreedIn(oauthCodes.sessionId) })
        .from(oauthCodes)
        .where(eq(oauthCodes.codeHash, codeHash));
      return row ?? null;
    },

    add(row: Omit<CodeRow, 'usedAt' | 'familyHash'>): Write {
      return database
        .prepare(
          `INSERT INTO oauth_codes (code_hash, client_id, account_id, redirect_uri, scope, nonce, challenge, dpop_jkt, amr,
             acr, auth_time, expires_at, session_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .bind(
          row.codeHash,
          row.clientId,
          row.accountId,
          row.redirectUri,
          row.scope,
          row.nonce,
          row.challenge,
          row.dpopJkt,
          JSON.stringify(row.amr),
          row.acr,
          row.authTime,
          row.expiresAt,
          row.sessionId,
        );
    },

    expectUnused(codeHash: string, now: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM oauth_codes WHERE code_hash = ? AND used_at IS NULL AND expires_at > ?)`,
        )
        .bind(codeHash, now);
    },

    /** Names the session that came of it. */
    use(codeHash: string, familyHash: string, now: number): Write {
      return database
        .prepare('UPDATE oauth_codes SET used_at = ?, family_hash = ? WHERE code_hash = ?')
        .bind(now, familyHash, codeHash);
    },

    /** Those of one customer that nobody redeemed yet. */
    removeUnused(clientId: string, accountId: string): Write {
      return database
        .prepare('DELETE FROM oauth_codes WHERE client_id = ? AND account_id = ? AND used_at IS NULL')
        .bind(clientId, accountId);
    },

    deleteExpired(before: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM oauth_codes WHERE code_hash IN
           (SELECT code_hash FROM oauth_codes WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(before, limit);
    },
  };
}
