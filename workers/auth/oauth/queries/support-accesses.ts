import { desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { supportAccesses } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export type SupportAccessRow = typeof supportAccesses.$inferSelect;

export function supportAccessQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    add(row: SupportAccessRow): Write {
      return database
        .prepare('INSERT INTO support_accesses VALUES (?, ?, ?, ?, ?, ?, ?)')
        .bind(row.id, row.accountId, row.actorId, row.scope, row.reason, row.at, row.expiresAt);
    },

    deleteOld(before: number, limit: number): Write {
      return database
        .prepare(
          'DELETE FROM support_accesses WHERE id IN (SELECT id FROM support_accesses WHERE at <= ? LIMIT ?)',
        )
        .bind(before, limit);
    },

    /** The newest first. */
    async ofAccount(accountId: string, limit: number): Promise<SupportAccessRow[]> {
      return db
        .select()
        .from(supportAccesses)
        .where(eq(supportAccesses.accountId, accountId))
        .orderBy(desc(supportAccesses.id))
        .limit(limit);
    },
  };
}
