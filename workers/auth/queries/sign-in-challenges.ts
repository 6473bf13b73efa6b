import { and, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { accounts, passwords, signInChallenges } from '#shared/db/auth.ts';
import { accountColumns, toAccountRow, type AccountRow } from './accounts.ts';
import type { Write } from './commit.ts';

export type SignInChallengeRow = typeof signInChallenges.$inferSelect;

export function signInChallengeQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    add(row: SignInChallengeRow): Write {
      return database
        .prepare('INSERT INTO sign_in_challenges VALUES (?, ?, ?, ?, ?)')
        .bind(row.idHash, row.accountId, JSON.stringify(row.amr), row.expiresAt, row.connectionId);
    },

    /** A look only: whoever acts on it commits `expectAlive` and `consume` with the action. */
    async peek(
      idHash: string,
      now: number,
    ): Promise<{ challenge: SignInChallengeRow; account: AccountRow } | null> {
      const [row] = await db
        .select({ challenge: signInChallenges, account: accountColumns })
        .from(signInChallenges)
        .innerJoin(accounts, eq(accounts.id, signInChallenges.accountId))
        .leftJoin(passwords, eq(passwords.accountId, accounts.id))
        .where(and(eq(signInChallenges.idHash, idHash), gt(signInChallenges.expiresAt, now)));
      return row === undefined ? null : { challenge: row.challenge, account: toAccountRow(row.account) };
    },

    expectAlive(idHash: string, now: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM sign_in_challenges WHERE id_hash = ? AND expires_at > ?)`,
        )
        .bind(idHash, now);
    },

    consume(idHash: string): Write {
      return database.prepare('DELETE FROM sign_in_challenges WHERE id_hash = ?').bind(idHash);
    },

    /** What was shown before a credential changed counts no more, nor at a provider that somebody was sent to with it. */
    removeAll(accountId: string): Write[] {
      return ['sign_in_challenges', 'federation_requests'].map((table) =>
        database.prepare(`DELETE FROM ${table} WHERE account_id = ?`).bind(accountId),
      );
    },

    deleteExpired(now: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM sign_in_challenges WHERE id_hash IN
           (SELECT id_hash FROM sign_in_challenges WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(now, limit);
    },
  };
}
export type SignInChallengeQueries = ReturnType<typeof signInChallengeQueries>;
