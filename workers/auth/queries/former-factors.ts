import { and, eq, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { formerPasskeys, formerTotps, passkeys } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';
import type { PasskeyRow } from './passkeys.ts';

export type FormerTotpRow = typeof formerTotps.$inferSelect;

/** Of those that were there at ?2 and were removed since. */
const REMOVED_SINCE = 'account_id = ?1 AND created_at < ?2 AND removed_at >= ?2';

/** Passkeys and apps that were removed: of no use to sign in. What they are kept for stands in `older-credentials.ts`. */
export function formerFactorQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    /** Goes before the removal. */
    keepPasskey(id: string, now: number): Write {
      return database
        .prepare('INSERT OR REPLACE INTO former_passkeys SELECT *, ? FROM passkeys WHERE id = ?')
        .bind(now, id);
    },

    /** Goes before the removal of the app and of its recovery codes. */
    keepTotp(row: Pick<FormerTotpRow, 'id' | 'accountId' | 'seedSealed'>, now: number): Write {
      return database
        .prepare(
          `INSERT INTO former_totps
           SELECT ?1, account_id, ?2, last_step, created_at, confirmed_at,
             (SELECT json_group_array(code_hash) FROM recovery_codes WHERE account_id = ?3), ?4
           FROM totps WHERE account_id = ?3 AND confirmed_at IS NOT NULL`,
        )
        .bind(row.id, row.seedSealed, row.accountId, now);
    },

    /** The passkeys that an account had at `at`, those that were removed since among them. */
    async passkeysAt(accountId: string, at: number): Promise<PasskeyRow[]> {
      const [present, former] = await Promise.all([
        db
          .select()
          .from(passkeys)
          .where(and(eq(passkeys.accountId, accountId), lt(passkeys.createdAt, at))),
        db
          .select()
          .from(formerPasskeys)
          .where(
            and(
              eq(formerPasskeys.accountId, accountId),
              lt(formerPasskeys.createdAt, at),
              gte(formerPasskeys.removedAt, at),
            ),
          ),
      ]);
      return [...present, ...former];
    },

    async countPasskeys(accountId: string, at: number): Promise<number> {
      const sql = `SELECT count(*) AS n FROM former_passkeys WHERE ${REMOVED_SINCE}`;
      return (await database.prepare(sql).bind(accountId, at).first<number>('n')) ?? 0;
    },

    /** The app that was in use at `at` and was removed since. */
    async totpAt(accountId: string, at: number): Promise<FormerTotpRow | null> {
      const [row] = await db
        .select()
        .from(formerTotps)
        .where(
          and(
            eq(formerTotps.accountId, accountId),
            lt(formerTotps.confirmedAt, at),
            gte(formerTotps.removedAt, at),
          ),
        );
      return row ?? null;
    },

    /** Puts passkeys back that were there at `at`; goes after the removal of those added since. */
    putPasskeysBack(accountId: string, at: number): Write[] {
      return [
        database
          .prepare(
            `INSERT OR IGNORE INTO passkeys SELECT id, account_id, credential_id, public_key, counter, transports,
               backup_eligible, backed_up, aaguid, name, created_at, last_used_at
             FROM former_passkeys WHERE ${REMOVED_SINCE}`,
          )
          .bind(accountId, at),
        database.prepare(`DELETE FROM former_passkeys WHERE ${REMOVED_SINCE}`).bind(accountId, at),
      ];
    },

    /**
     * Puts an app back, its seed sealed as `seedSealed`, where none is in use; with the recovery codes it had at `at`, unless
     * they were renewed before it was removed.
     */
    putTotpBack(former: FormerTotpRow, seedSealed: string, at: number): Write[] {
      return [
        database
          .prepare(
            `INSERT INTO totps (account_id, seed_sealed, last_step, created_at, confirmed_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (account_id) DO UPDATE SET seed_sealed = excluded.seed_sealed, last_step = excluded.last_step,
               created_at = excluded.created_at, confirmed_at = excluded.confirmed_at
             WHERE confirmed_at IS NULL`,
          )
          .bind(former.accountId, seedSealed, former.lastStep, former.createdAt, former.confirmedAt),
        database
          .prepare(
            `INSERT OR IGNORE INTO recovery_codes
             SELECT f.account_id, code.value FROM former_totps f, json_each(f.recovery_codes) code
             WHERE f.id = ?1 AND NOT EXISTS (SELECT 1 FROM audit_log WHERE subject = f.account_id AND at >= ?2
               AND at <= f.removed_at AND action = 'recovery_codes.renewed' AND outcome = 'success')
               AND EXISTS (SELECT 1 FROM totps WHERE account_id = f.account_id AND seed_sealed = ?3)`,
          )
          .bind(former.id, at, seedSealed),
        database.prepare('DELETE FROM former_totps WHERE id = ?').bind(former.id),
      ];
    },

    /** Removed before `before`: no link reaches back to them. */
    deleteOld(before: number, limit: number): Write[] {
      return ['former_passkeys', 'former_totps'].map((table) =>
        database
          .prepare(`DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE removed_at < ? LIMIT ?)`)
          .bind(before, limit),
      );
    },
  };
}
export type FormerFactorQueries = ReturnType<typeof formerFactorQueries>;
