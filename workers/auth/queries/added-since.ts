import type { Write } from './commit.ts';

/** What came to open an account since a moment. */
export interface Added {
  passkeys: number;
  authenticatorApps: number;
  recoveryCodes: number;
  apiKeys: number;
  applications: number;
  identities: number;
}

/** Recovery codes bear no time: the audit log knows when they were made. Bound as ?1 and ?2. */
const CODES_RENEWED = `EXISTS (SELECT 1 FROM audit_log WHERE subject = ?1 AND at >= ?2 AND outcome = 'success'
  AND action IN ('recovery_codes.renewed', 'totp.added'))`;

export function addedSinceQueries(database: D1Database) {
  const about = (sql: string, accountId: string, since: number): Write =>
    database.prepare(sql).bind(accountId, since);
  return {
    async count(accountId: string, since: number): Promise<Added> {
      const found = await about(
        `SELECT (SELECT count(*) FROM passkeys WHERE account_id = ?1 AND created_at >= ?2) AS passkeys,
           (SELECT count(*) FROM totps WHERE account_id = ?1 AND created_at >= ?2) AS authenticatorApps,
           (SELECT count(*) FROM recovery_codes WHERE account_id = ?1 AND ${CODES_RENEWED}) AS recoveryCodes,
           (SELECT count(*) FROM api_keys WHERE account_id = ?1 AND created_at >= ?2 AND revoked_at IS NULL) AS apiKeys,
           (SELECT count(*) FROM oauth_consents WHERE account_id = ?1 AND updated_at >= ?2) AS applications,
           (SELECT count(*) FROM identities WHERE account_id = ?1 AND created_at >= ?2) AS identities`,
        accountId,
        since,
      ).first<Added>();
      if (found === null) throw new Error('a query without table gave no row');
      return found;
    },

    /** Takes all of that away again, and what was begun and would still open it. */
    takeBack(accountId: string, since: number, now: number): Write[] {
      const started = [
        'email_tokens',
        'email_codes',
        'oauth_codes',
        'oauth_device_codes',
        'federation_requests',
      ];
      return [
        about('DELETE FROM passkeys WHERE account_id = ?1 AND created_at >= ?2', accountId, since),
        about(`DELETE FROM recovery_codes WHERE account_id = ?1 AND ${CODES_RENEWED}`, accountId, since),
        about('DELETE FROM totps WHERE account_id = ?1 AND created_at >= ?2', accountId, since),
        about('DELETE FROM identities WHERE account_id = ?1 AND created_at >= ?2', accountId, since),
        about('DELETE FROM oauth_consents WHERE account_id = ?1 AND updated_at >= ?2', accountId, since),
        database
          .prepare(
            'UPDATE api_keys SET revoked_at = ?3 WHERE account_id = ?1 AND created_at >= ?2 AND revoked_at IS NULL',
          )
          .bind(accountId, since, now),
        ...started.map((table) =>
          database.prepare(`DELETE FROM ${table} WHERE account_id = ?`).bind(accountId),
        ),
      ];
    },
  };
}
export type AddedSinceQueries = ReturnType<typeof addedSinceQueries>;
