import { and, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ceremonies } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type CeremonyRow = typeof ceremonies.$inferSelect;

export function ceremonyQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async begin(row: CeremonyRow): Promise<void> {
      await db.insert(ceremonies).values(row);
    },

    /** Takes the challenge out: whatever follows, it cannot be used a second time. */
    async take(id: string, kind: CeremonyRow['kind'], now: number): Promise<CeremonyRow | null> {
      const [row] = await db
        .delete(ceremonies)
        .where(and(eq(ceremonies.id, id), eq(ceremonies.kind, kind), gt(ceremonies.expiresAt, now)))
        .returning();
      return row ?? null;
    },

    deleteExpired(now: number, limit: number): Write {
      return database
        .prepare(
          'DELETE FROM ceremonies WHERE id IN (SELECT id FROM ceremonies WHERE expires_at <= ? LIMIT ?)',
        )
        .bind(now, limit);
    },
  };
}
export type CeremonyQueries = ReturnType<typeof ceremonyQueries>;
