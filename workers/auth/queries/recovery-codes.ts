import type { Write } from './commit.ts';

export function recoveryCodeQueries(database: D1Database) {
  return {
    add(accountId: string, hashes: readonly string[]): Write {
      return database
        .prepare('INSERT INTO recovery_codes SELECT ?, value FROM json_each(?)')
        .bind(accountId, JSON.stringify(hashes));
    },

    removeAll(accountId: string): Write {
      return database.prepare('DELETE FROM recovery_codes WHERE account_id = ?').bind(accountId);
    },

    /** With `spend` beside, a code is used once. */
    expectUnspent(accountId: string, hash: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM recovery_codes WHERE account_id = ? AND code_hash = ?)`,
        )
        .bind(accountId, hash);
    },

    spend(accountId: string, hash: string): Write {
      return database
        .prepare('DELETE FROM recovery_codes WHERE account_id = ? AND code_hash = ?')
        .bind(accountId, hash);
    },
  };
}
export type RecoveryCodeQueries = ReturnType<typeof recoveryCodeQueries>;
