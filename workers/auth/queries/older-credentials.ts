import type { Write } from './commit.ts';

/** What an account had before a moment and may be shown by, as it was then. */
export interface OlderCredentials {
  /** The password as it was, also where it was replaced or removed since. */
  phc: string | null;
  hasPasskey: boolean;
  hasTotp: boolean;
  hasRecoveryCodes: boolean;
}

/** The first factor that was added at ?2 or later to the account ?1; an app is one from its first code on. */
const FIRST_FACTOR = `SELECT min(at) FROM (
  SELECT created_at AS at FROM passkeys WHERE account_id = ?1 AND created_at >= ?2
  UNION ALL SELECT confirmed_at FROM totps WHERE account_id = ?1 AND confirmed_at >= ?2)`;

export function olderCredentialQueries(database: D1Database) {
  return {
    /** When the first passkey or app of those added since was added; null: none was. */
    async firstFactorSince(accountId: string, since: number): Promise<number | null> {
      return database.prepare(`SELECT (${FIRST_FACTOR}) AS at`).bind(accountId, since).first<number>('at');
    },

    /** What `firstFactorSince` told still holds. */
    expectFirstFactor(accountId: string, since: number, at: number | null): Write {
      return database
        .prepare(`INSERT INTO expectation (met) SELECT (${FIRST_FACTOR}) IS ?3`)
        .bind(accountId, since, at);
    },

    async before(accountId: string, at: number): Promise<OlderCredentials> {
      const found = await database
        .prepare(
          `SELECT (SELECT phc FROM (
               SELECT phc, changed_at, NULL AS replaced_at FROM passwords WHERE account_id = ?1
               UNION ALL SELECT phc, changed_at, replaced_at FROM former_passwords WHERE account_id = ?1)
             WHERE changed_at < ?2 AND (replaced_at IS NULL OR replaced_at >= ?2) LIMIT 1) AS phc,
             EXISTS (SELECT 1 FROM passkeys WHERE account_id = ?1 AND created_at < ?2) AS passkey,
             EXISTS (SELECT 1 FROM totps WHERE account_id = ?1 AND confirmed_at < ?2) AS totp,
             EXISTS (SELECT 1 FROM audit_log WHERE subject = ?1 AND at >= ?2 AND outcome = 'success'
               AND action IN ('recovery_codes.renewed', 'totp.added')) AS renewed`,
        )
        .bind(accountId, at)
        .first<{ phc: string | null; passkey: number; totp: number; renewed: number }>();
      if (found === null) throw new Error('a query without table gave no row');
      const hasTotp = found.totp === 1;
      return {
        phc: found.phc,
        hasPasskey: found.passkey === 1,
        hasTotp,
        hasRecoveryCodes: hasTotp && found.renewed === 0,
      };
    },

    /** Replaced before `before`: no link reaches back to them. */
    deleteFormerPasswords(before: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM former_passwords WHERE (account_id, replaced_at) IN
           (SELECT account_id, replaced_at FROM former_passwords WHERE replaced_at < ? LIMIT ?)`,
        )
        .bind(before, limit);
    },
  };
}
export type OlderCredentialQueries = ReturnType<typeof olderCredentialQueries>;
