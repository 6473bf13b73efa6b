import type { Write } from './commit.ts';

/** What an account had before a moment and may be shown by, as it was then, also where it was replaced or removed since. */
export interface OlderCredentials {
  phc: string | null;
  hasPasskey: boolean;
  hasTotp: boolean;
  hasRecoveryCodes: boolean;
}

/**
 * The first factor that was added to the account ?1 at ?2 or later, or was there then and removed since; an app is one from
 * its first code on.
 */
const FIRST_CHANGE = `SELECT min(at) FROM (
  SELECT created_at AS at FROM passkeys WHERE account_id = ?1 AND created_at >= ?2
  UNION ALL SELECT confirmed_at FROM totps WHERE account_id = ?1 AND confirmed_at >= ?2
  UNION ALL SELECT iif(created_at >= ?2, created_at, removed_at) FROM former_passkeys
    WHERE account_id = ?1 AND removed_at >= ?2
  UNION ALL SELECT iif(confirmed_at >= ?2, confirmed_at, removed_at) FROM former_totps
    WHERE account_id = ?1 AND removed_at >= ?2)`;

const PASSKEYS_THEN = `SELECT 1 FROM passkeys WHERE account_id = ?1 AND created_at < ?2
  UNION ALL SELECT 1 FROM former_passkeys WHERE account_id = ?1 AND created_at < ?2 AND removed_at >= ?2`;

/** The app of then, with when it was removed; recovery codes of it bear no time: the audit log knows when they were made. */
const APPS_THEN = `SELECT NULL AS removed_at FROM totps WHERE account_id = ?1 AND confirmed_at < ?2
  UNION ALL SELECT removed_at FROM former_totps WHERE account_id = ?1 AND confirmed_at < ?2 AND removed_at >= ?2`;

const CODES_THEN = `SELECT 1 FROM (${APPS_THEN}) app WHERE NOT EXISTS (
  SELECT 1 FROM audit_log WHERE subject = ?1 AND at >= ?2 AND (app.removed_at IS NULL OR at <= app.removed_at)
    AND outcome = 'success' AND action = 'recovery_codes.renewed')`;

export function olderCredentialQueries(database: D1Database) {
  return {
    /** When the first passkey or app was added or removed of those that were since; null: none was. */
    async firstChangeSince(accountId: string, since: number): Promise<number | null> {
      return database.prepare(`SELECT (${FIRST_CHANGE}) AS at`).bind(accountId, since).first<number>('at');
    },

    /** What `firstChangeSince` told still holds. */
    expectFirstChange(accountId: string, since: number, at: number | null): Write {
      return database
        .prepare(`INSERT INTO expectation (met) SELECT (${FIRST_CHANGE}) IS ?3`)
        .bind(accountId, since, at);
    },

    async before(accountId: string, at: number): Promise<OlderCredentials> {
      const found = await database
        .prepare(
          `SELECT (SELECT phc FROM (
               SELECT phc, changed_at, NULL AS replaced_at FROM passwords WHERE account_id = ?1
               UNION ALL SELECT phc, changed_at, replaced_at FROM former_passwords WHERE account_id = ?1)
             WHERE changed_at < ?2 AND (replaced_at IS NULL OR replaced_at >= ?2) LIMIT 1) AS phc,
             EXISTS (${PASSKEYS_THEN}) AS passkey, EXISTS (${APPS_THEN}) AS totp, EXISTS (${CODES_THEN}) AS codes`,
        )
        .bind(accountId, at)
        .first<{ phc: string | null; passkey: number; totp: number; codes: number }>();
      if (found === null) throw new Error('a query without table gave no row');
      return {
        phc: found.phc,
        hasPasskey: found.passkey === 1,
        hasTotp: found.totp === 1,
        hasRecoveryCodes: found.codes === 1,
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
