import { and, eq, getTableColumns, gt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { oauthDeviceCodes } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';
import { agreedIn, type AgreedIn } from './agreed-in.ts';

export type DeviceCodeRow = typeof oauthDeviceCodes.$inferSelect;

export function deviceCodeQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async add(row: DeviceCodeRow): Promise<void> {
      await db.insert(oauthDeviceCodes).values(row);
    },

    async pending(userCodeHash: string, now: number): Promise<DeviceCodeRow | null> {
      const [row] = await db
        .select()
        .from(oauthDeviceCodes)
        .where(
          and(
            eq(oauthDeviceCodes.userCodeHash, userCodeHash),
            eq(oauthDeviceCodes.status, 'pending'),
            gt(oauthDeviceCodes.expiresAt, now),
          ),
        );
      return row ?? null;
    },

    /** The row as it was before this question, which is noted; one that came too early makes the pause longer. */
    async poll(
      deviceHash: string,
      now: number,
      slowerMs: number,
    ): Promise<(DeviceCodeRow & AgreedIn) | null> {
      const [[row]] = await db.batch([
        db
          .select({ ...getTableColumns(oauthDeviceCodes), ...agreedIn(oauthDeviceCodes.sessionId) })
          .from(oauthDeviceCodes)
          .where(eq(oauthDeviceCodes.deviceHash, deviceHash)),
        db
          .update(oauthDeviceCodes)
          .set({
            polledAt: now,
            intervalMs: sql`interval_ms + iif(${now} - polled_at < interval_ms, ${slowerMs}, 0)`,
          })
          .where(eq(oauthDeviceCodes.deviceHash, deviceHash)),
      ]);
      return row ?? null;
    },

    expectStatus(deviceHash: string, status: DeviceCodeRow['status'], now: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM oauth_device_codes WHERE device_hash = ? AND status = ? AND expires_at > ?)`,
        )
        .bind(deviceHash, status, now);
    },

    /** Who decided, and how they were signed in. */
    decide(
      deviceHash: string,
      by: Pick<DeviceCodeRow, 'status' | 'accountId' | 'amr' | 'acr' | 'authTime' | 'sessionId'>,
    ): Write {
      return database
        .prepare(
          `UPDATE oauth_device_codes SET status = ?, account_id = ?, amr = ?, acr = ?, auth_time = ?, session_id = ?
           WHERE device_hash = ?`,
        )
        .bind(by.status, by.accountId, JSON.stringify(by.amr), by.acr, by.authTime, by.sessionId, deviceHash);
    },

    use(deviceHash: string): Write {
      return database
        .prepare("UPDATE oauth_device_codes SET status = 'used' WHERE device_hash = ?")
        .bind(deviceHash);
    },

    /** Those one customer decided about. */
    removeOf(clientId: string, accountId: string): Write {
      return database
        .prepare('DELETE FROM oauth_device_codes WHERE client_id = ? AND account_id = ?')
        .bind(clientId, accountId);
    },

    deleteExpired(before: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM oauth_device_codes WHERE device_hash IN
           (SELECT device_hash FROM oauth_device_codes WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(before, limit);
    },
  };
}
