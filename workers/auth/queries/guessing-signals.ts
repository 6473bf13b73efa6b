import { desc, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { guessingSignals } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type GuessingSignalRow = typeof guessingSignals.$inferSelect;

export function guessingSignalQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    add(row: GuessingSignalRow): Write {
      return database
        .prepare('INSERT INTO guessing_signals VALUES (?, ?, ?, ?, ?)')
        .bind(row.id, row.kind, row.accountId, row.network, row.at);
    },

    /** The newest first; `before` is the last id of the page before. */
    async page(before: string | null, limit: number): Promise<GuessingSignalRow[]> {
      return db
        .select()
        .from(guessingSignals)
        .where(before === null ? undefined : lt(guessingSignals.id, before))
        .orderBy(desc(guessingSignals.id))
        .limit(limit);
    },

    deleteOld(before: number, limit: number): Write {
      return database
        .prepare(
          'DELETE FROM guessing_signals WHERE id IN (SELECT id FROM guessing_signals WHERE at <= ? LIMIT ?)',
        )
        .bind(before, limit);
    },
  };
}
export type GuessingSignalQueries = ReturnType<typeof guessingSignalQueries>;
