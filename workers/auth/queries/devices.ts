import type { Write } from './commit.ts';
import type { OwedMail } from './mail-outbox.ts';
import type { OwnerLinkRow } from './owner-links.ts';

/** True while the account was used from other devices and not from this one. Bound as ?1 and ?2. */
const IS_NEW = `EXISTS (SELECT 1 FROM devices WHERE account_id = ?1)
  AND NOT EXISTS (SELECT 1 FROM devices WHERE account_id = ?1 AND device_hash = ?2)`;

export interface SeenDevice {
  firstSeenAt: number;
  lastSeenAt: number;
}

export function deviceQueries(database: D1Database) {
  return {
    /**
     * The account is used from this device. A new one, after the first, owes the owner `mail` with `link` in it: decided in
     * the same transaction, so that it is told once.
     */
    seen(
      accountId: string,
      deviceHash: string,
      now: number,
      warning: { mail: OwedMail; link: OwnerLinkRow },
    ): Write[] {
      const { mail, link } = warning;
      return [
        database
          .prepare(`INSERT INTO mail_outbox SELECT ?3, ?4, ?5, ?6, ?7, ?8 WHERE ${IS_NEW}`)
          .bind(
            accountId,
            deviceHash,
            mail.id,
            mail.requestId,
            mail.contentSealed,
            mail.attempts,
            mail.nextAt,
            mail.expiresAt,
          ),
        database
          .prepare(`INSERT INTO owner_links SELECT ?3, ?4, ?1, NULL, NULL, ?5 WHERE ${IS_NEW}`)
          .bind(accountId, deviceHash, link.tokenHash, link.purpose, link.expiresAt),
        database
          .prepare(
            `INSERT INTO devices VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (account_id, device_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at`,
          )
          .bind(accountId, deviceHash, now),
      ];
    },

    async ofAccount(accountId: string): Promise<SeenDevice[]> {
      const { results } = await database
        .prepare(
          `SELECT first_seen_at AS firstSeenAt, last_seen_at AS lastSeenAt FROM devices WHERE account_id = ?
           ORDER BY last_seen_at DESC LIMIT 1000`,
        )
        .bind(accountId)
        .all<SeenDevice>();
      return results;
    },

    removeAll(accountId: string): Write {
      return database.prepare('DELETE FROM devices WHERE account_id = ?').bind(accountId);
    },

    deleteUnused(before: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM devices WHERE (account_id, device_hash) IN
           (SELECT account_id, device_hash FROM devices WHERE last_seen_at <= ? LIMIT ?)`,
        )
        .bind(before, limit);
    },
  };
}
export type DeviceQueries = ReturnType<typeof deviceQueries>;
