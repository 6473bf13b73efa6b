import { asc, eq, gt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { auditChain, auditLog } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type AuditRow = typeof auditLog.$inferSelect;
export type AuditLink = typeof auditChain.$inferSelect;

export function auditQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    add(row: Omit<AuditRow, 'sequence'>): Write {
      return database
        .prepare(
          `INSERT INTO audit_log (at, request_id, address, actor_id, subject, action, outcome, factor, detail)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .bind(
          row.at,
          row.requestId,
          row.address,
          row.actorId,
          row.subject,
          row.action,
          row.outcome,
          row.factor,
          row.detail,
        );
    },

    async lastLink(): Promise<AuditLink | null> {
      const [row] = await db
        .select()
        .from(auditChain)
        .orderBy(sql`${auditChain.sequence} DESC`)
        .limit(1);
      return row ?? null;
    },

    async link(sequence: number): Promise<AuditLink | null> {
      const [row] = await db.select().from(auditChain).where(eq(auditChain.sequence, sequence));
      return row ?? null;
    },

    /** Entries after `sequence`, oldest first, with their link where one is written. */
    async entriesAfter(
      sequence: number,
      limit: number,
    ): Promise<{ entry: AuditRow; link: AuditLink | null }[]> {
      return db
        .select({ entry: auditLog, link: auditChain })
        .from(auditLog)
        .leftJoin(auditChain, eq(auditChain.sequence, auditLog.sequence))
        .where(gt(auditLog.sequence, sequence))
        .orderBy(asc(auditLog.sequence))
        .limit(limit);
    },

    /** Parallel linkers write the same values: whoever comes second changes nothing. */
    async addLinks(links: readonly AuditLink[]): Promise<void> {
      await database
        .prepare(
          `INSERT INTO audit_chain (sequence, key_id, mac)
           SELECT value ->> 'sequence', value ->> 'keyId', value ->> 'mac' FROM json_each(?) WHERE true
           ON CONFLICT (sequence) DO NOTHING`,
        )
        .bind(JSON.stringify(links))
        .run();
    },
  };
}
export type AuditQueries = ReturnType<typeof auditQueries>;
