import type { emailCodes } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type EmailCodeRow = typeof emailCodes.$inferSelect;

export function emailCodeQueries(database: D1Database) {
  return {
    /** The newest code to an address is the only one. */
    put(row: EmailCodeRow): Write {
      return database
        .prepare('INSERT OR REPLACE INTO email_codes VALUES (?, ?, ?, ?, ?)')
        .bind(row.emailIndex, row.accountId, row.codeHash, row.triesLeft, row.expiresAt);
    },

    /** Takes one try away and tells what to compare with; null when none is left, or there is no code. */
    async takeTry(
      indexes: readonly string[],
      now: number,
    ): Promise<Pick<EmailCodeRow, 'emailIndex' | 'accountId' | 'codeHash'> | null> {
      return database
        .prepare(
          `UPDATE email_codes SET tries_left = tries_left - 1
           WHERE email_index IN (SELECT value FROM json_each(?)) AND tries_left > 0 AND expires_at > ?
           RETURNING email_index AS emailIndex, account_id AS accountId, code_hash AS codeHash`,
        )
        .bind(JSON.stringify(indexes), now)
        .first();
    },

    expectAlive(emailIndex: string, codeHash: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM email_codes WHERE email_index = ? AND code_hash = ?)`,
        )
        .bind(emailIndex, codeHash);
    },

    consume(emailIndex: string): Write {
      return database.prepare('DELETE FROM email_codes WHERE email_index = ?').bind(emailIndex);
    },

    /** Sent to whichever address the account had. */
    removeAll(accountId: string): Write {
      return database.prepare('DELETE FROM email_codes WHERE account_id = ?').bind(accountId);
    },

    deleteExpired(now: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM email_codes WHERE email_index IN
           (SELECT email_index FROM email_codes WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(now, limit);
    },
  };
}
export type EmailCodeQueries = ReturnType<typeof emailCodeQueries>;
