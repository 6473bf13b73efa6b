import { desc, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { EVERYBODY } from '#shared/auth/key-set.ts';
import { revocations } from '#shared/db/auth.ts';
import { log } from '#shared/observability/log.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { REVOCATION_KEPT_SECONDS, REVOCATIONS_TOLD_MAX } from '../limits.ts';
import type { Write } from './commit.ts';

export type RevocationRow = typeof revocations.$inferSelect;

export function revocationQueries(database: D1Database) {
  const db = drizzle(database);
  const put = (subject: string, before: number): Write =>
    database
      .prepare(
        `INSERT INTO revocations VALUES (?1, ?2)
         ON CONFLICT (subject) DO UPDATE SET before = max(before, excluded.before)`,
      )
      .bind(subject, before);
  const secondOf = (now: number): number => Math.floor(now / SECOND_MS);
  return {
    /**
     * Every token that `subject` (an account, a client, a key or an organisation) has is refused, in every worker, for good.
     * Sessions that end are told by the database itself (`sessions_end_everywhere`).
     */
    close: (subject: string, now: number): Write => put(subject, secondOf(now) + 1),

    /** Tokens from before a change are refused; those issued in its own second may be of after it, and count. */
    renew: (subject: string, now: number): Write => put(subject, secondOf(now)),

    /** Whether a token of these subjects, issued at that second of the epoch, counts no more. */
    async include(subjects: readonly string[], issuedAt: number): Promise<boolean> {
      const row = await database
        .prepare(
          'SELECT 1 FROM revocations WHERE subject IN (SELECT value FROM json_each(?)) AND before > ? LIMIT 1',
        )
        .bind(JSON.stringify([EVERYBODY, ...subjects]), issuedAt)
        .first();
      return row !== null;
    },

    /**
     * What tokens that could be alive are refused by. Should there be too many, the oldest give way to one for everybody: tokens
     * from before the newest of them are refused, whosever they are, but none of this second, so that whoever renews goes on.
     * What ended in this second is then refused by the next list.
     */
    async present(now: number): Promise<RevocationRow[]> {
      const rows = await db
        .select()
        .from(revocations)
        .where(gt(revocations.before, secondOf(now) - REVOCATION_KEPT_SECONDS))
        .orderBy(desc(revocations.before))
        .limit(REVOCATIONS_TOLD_MAX + 1);
      const left = rows[REVOCATIONS_TOLD_MAX];
      if (left === undefined) return rows;
      log.warn('more was revoked than is told: tokens are refused by their time of issue', {
        before: left.before,
      });
      const told = rows.slice(0, REVOCATIONS_TOLD_MAX);
      const everybody = told.find(({ subject }) => subject === EVERYBODY);
      const before = Math.max(everybody?.before ?? 0, Math.min(left.before, secondOf(now)));
      return [...told.filter((row) => row !== everybody), { subject: EVERYBODY, before }];
    },

    deleteOld(now: number, limit: number): Write {
      return database
        .prepare(
          'DELETE FROM revocations WHERE subject IN (SELECT subject FROM revocations WHERE before <= ? LIMIT ?)',
        )
        .bind(secondOf(now) - REVOCATION_KEPT_SECONDS, limit);
    },
  };
}
export type RevocationQueries = ReturnType<typeof revocationQueries>;
