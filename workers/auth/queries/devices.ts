import { MINUTE_MS } from '#shared/time/time.ts';
import type { Write } from './commit.ts';
import type { OwedMail } from './mail-outbox.ts';
import type { OwnerLinkRow } from './owner-links.ts';

/**
 * True where the account is used from this device for the first time, but for the one it was made on. Others may have been
 * forgotten: an account nobody used for long is no less worth a warning. Bound as ?1 and ?2, the time as the place given.
 */
const isNew = (
  now: string,
): string => `NOT EXISTS (SELECT 1 FROM devices WHERE account_id = ?1 AND device_hash = ?2)
  AND (EXISTS (SELECT 1 FROM devices WHERE account_id = ?1)
    OR EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND created_at < ${now} - ${MADE_WITHIN_MS}))`;
/** The first session of an account is opened as it is made. */
const MADE_WITHIN_MS = MINUTE_MS;

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
          .prepare(`INSERT INTO mail_outbox SELECT ?3, ?4, ?5, ?6, ?7, ?8 WHERE ${isNew('?9')}`)
          .bind(
            accountId,
            deviceHash,
            mail.id,
            mail.requestId,
            mail.contentSealed,
            mail.attempts,
            mail.nextAt,
            mail.expiresAt,
            now,
          ),
        database
          .prepare(`INSERT INTO owner_links SELECT ?3, ?4, ?1, NULL, NULL, ?5 WHERE ${isNew('?6')}`)
          .bind(accountId, deviceHash, link.tokenHash, link.purpose, link.expiresAt, now),
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
