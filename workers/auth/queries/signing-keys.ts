import { asc } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { signingKeys } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type SigningKeyRow = typeof signingKeys.$inferSelect;

export function signingKeyQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async all(): Promise<SigningKeyRow[]> {
      return db.select().from(signingKeys).orderBy(asc(signingKeys.sequence));
    },

    /** Of parallel calls with the same sequence one wins; the others must read what it wrote. */
    async addIfNext(row: SigningKeyRow): Promise<boolean> {
      const added = await db.insert(signingKeys).values(row).onConflictDoNothing().returning();
      return added.length > 0;
    },

    remove(kid: string): Write {
      return database.prepare('DELETE FROM signing_keys WHERE kid = ?').bind(kid);
    },
  };
}
export type SigningKeyQueries = ReturnType<typeof signingKeyQueries>;
