import { and, desc, eq, lt, or } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { notices } from '#shared/db/store.ts';

export type NoticeRow = typeof notices.$inferSelect;
export type Notice = NoticeRow;

/** The same notice again, by its id, is no further one. */
export const appendNotices = (database: D1Database, rows: readonly Notice[]): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO notices (id, kind, subject, text, at)
       SELECT value ->> 'id', value ->> 'kind', value ->> 'subject', value ->> 'text', value ->> 'at'
       FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(rows));

export const noticeQueries = (database: D1Database) => ({
  async append(rows: readonly Notice[]): Promise<void> {
    await appendNotices(database, rows).run();
  },

  /** The newest first. */
  page(
    filter: { kind: string | undefined },
    before: { at: number; id: string } | null,
    limit: number,
  ): Promise<NoticeRow[]> {
    return drizzle(database)
      .select()
      .from(notices)
      .where(
        and(
          filter.kind === undefined ? undefined : eq(notices.kind, filter.kind),
          before === null
            ? undefined
            : or(lt(notices.at, before.at), and(eq(notices.at, before.at), lt(notices.id, before.id))),
        ),
      )
      .orderBy(desc(notices.at), desc(notices.id))
      .limit(limit);
  },
});
