import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { totps } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type TotpRow = typeof totps.$inferSelect;

export function totpQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async ofAccount(accountId: string): Promise<TotpRow | null> {
      const [row] = await db.select().from(totps).where(eq(totps.accountId, accountId));
      return row ?? null;
    },

    /** Begins a set-up, in place of one that was never confirmed; a confirmed one stays: `expectUnconfirmed` beside. */
    begin(row: Pick<TotpRow, 'accountId' | 'seedSealed' | 'createdAt'>): Write {
      return database
        .prepare(
          `INSERT INTO totps (account_id, seed_sealed, last_step, created_at) VALUES (?, ?, 0, ?)
           ON CONFLICT (account_id) DO UPDATE
             SET seed_sealed = excluded.seed_sealed, last_step = 0, created_at = excluded.created_at
             WHERE confirmed_at IS NULL`,
        )
        .bind(row.accountId, row.seedSealed, row.createdAt);
    },

    expectUnconfirmed(accountId: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT NOT EXISTS
           (SELECT 1 FROM totps WHERE account_id = ? AND confirmed_at IS NOT NULL)`,
        )
        .bind(accountId);
    },

    /** This seed's code of this time step was not used, nor any later one. With `spend` beside, it is used once. */
    expectUnspent(row: Pick<TotpRow, 'accountId' | 'seedSealed'>, step: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM totps WHERE account_id = ? AND seed_sealed = ? AND last_step < ?)`,
        )
        .bind(row.accountId, row.seedSealed, step);
    },

    spend(accountId: string, step: number): Write {
      return database.prepare('UPDATE totps SET last_step = ? WHERE account_id = ?').bind(step, accountId);
    },

    confirm(accountId: string, now: number): Write {
      return database.prepare('UPDATE totps SET confirmed_at = ? WHERE account_id = ?').bind(now, accountId);
    },

    /** It is in use, with this seed. */
    expectInUse(row: Pick<TotpRow, 'accountId' | 'seedSealed'>): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM totps WHERE account_id = ? AND seed_sealed = ? AND confirmed_at IS NOT NULL)`,
        )
        .bind(row.accountId, row.seedSealed);
    },

    expectConfirmed(accountId: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM totps WHERE account_id = ? AND confirmed_at IS NOT NULL)`,
        )
        .bind(accountId);
    },

    remove(accountId: string): Write {
      return database.prepare('DELETE FROM totps WHERE account_id = ?').bind(accountId);
    },
  };
}
export type TotpQueries = ReturnType<typeof totpQueries>;
