import { asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { connections } from '#shared/db/store.ts';

export type ConnectionRow = typeof connections.$inferSelect;

export const connectionQueries = (database: D1Database) => ({
  async get(handle: string): Promise<ConnectionRow | null> {
    const row = await drizzle(database)
      .select()
      .from(connections)
      .where(eq(connections.handle, handle))
      .get();
    return row ?? null;
  },

  /** There are few: partners one deals with by plain HTTP. */
  list: (limit: number): Promise<ConnectionRow[]> =>
    drizzle(database).select().from(connections).orderBy(asc(connections.handle)).limit(limit),

  /** States a connection whole; without a secret the one before stays, and its kind always does. */
  async put(
    row: Omit<ConnectionRow, 'version' | 'sealedSecret'> & { sealedSecret: string | null },
  ): Promise<void> {
    await database
      .prepare(
        `INSERT INTO connections (handle, base_url, sealed_secret, status, version, written_by, updated_at, kind)
         SELECT ?1, ?2, COALESCE(?3, (SELECT sealed_secret FROM connections WHERE handle = ?1)), ?4, 1, ?5, ?6, ?7
         WHERE true
         ON CONFLICT (handle) DO UPDATE SET base_url = excluded.base_url, sealed_secret = excluded.sealed_secret,
           status = excluded.status, version = connections.version + 1, written_by = excluded.written_by,
           updated_at = excluded.updated_at`,
      )
      .bind(row.handle, row.baseUrl, row.sealedSecret, row.status, row.writtenBy, row.updatedAt, row.kind)
      .run();
  },
});
