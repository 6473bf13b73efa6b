import { asc, desc, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { AuditEntry, AuditPlace } from '#shared/audit/chain.ts';
import { auditChain, auditCheckpoints, auditKeys, auditLog } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export type AuditRow = typeof auditLog.$inferSelect;
export type AuditCheckpoint = typeof auditCheckpoints.$inferSelect;
export type AuditKeyRow = typeof auditKeys.$inferSelect;

const ADD = `INSERT INTO audit_log (at, request_id, address, actor_id, subject, action, outcome, factor, detail)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9`;

const values = (row: Omit<AuditRow, 'sequence'>) => [
  row.at,
  row.requestId,
  row.address,
  row.actorId,
  row.subject,
  row.action,
  row.outcome,
  row.factor,
  row.detail,
];

export function auditQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    add: (row: Omit<AuditRow, 'sequence'>): Write => database.prepare(ADD).bind(...values(row)),

    /** Unless the same happened to the same, with the same detail. */
    addOnce: (row: Omit<AuditRow, 'sequence'>): Write =>
      database
        .prepare(
          `${ADD} WHERE NOT EXISTS (SELECT 1 FROM audit_log
             WHERE subject = ?5 AND action = ?6 AND outcome = ?7 AND detail = ?9)`,
        )
        .bind(...values(row)),

    /** Newest entries about an account. */
    async about(subject: string, limit: number): Promise<AuditRow[]> {
      return db
        .select()
        .from(auditLog)
        .where(eq(auditLog.subject, subject))
        .orderBy(desc(auditLog.sequence))
        .limit(limit);
    },

    async lastLink(): Promise<AuditPlace | null> {
      const [row] = await db.select().from(auditChain).orderBy(desc(auditChain.sequence)).limit(1);
      return row ?? null;
    },

    async link(sequence: number): Promise<AuditPlace | null> {
      const [row] = await db.select().from(auditChain).where(eq(auditChain.sequence, sequence));
      return row ?? null;
    },

    /** Entries after `sequence`, oldest first, with their hash where one is written. */
    async entriesAfter(
      sequence: number,
      limit: number,
    ): Promise<{ entry: AuditEntry; hash: string | null }[]> {
      return db
        .select({ entry: auditLog, hash: auditChain.hash })
        .from(auditLog)
        .leftJoin(auditChain, eq(auditChain.sequence, auditLog.sequence))
        .where(gt(auditLog.sequence, sequence))
        .orderBy(asc(auditLog.sequence))
        .limit(limit);
    },

    /** Parallel linkers write the same values: whoever comes second changes nothing. */
    async addLinks(links: readonly AuditPlace[]): Promise<void> {
      await database
        .prepare(
          `INSERT INTO audit_chain (sequence, hash)
           SELECT value ->> 'sequence', value ->> 'hash' FROM json_each(?) WHERE true
           ON CONFLICT (sequence) DO NOTHING`,
        )
        .bind(JSON.stringify(links))
        .run();
    },

    async lastCheckpoint(): Promise<AuditCheckpoint | null> {
      const [row] = await db.select().from(auditCheckpoints).orderBy(desc(auditCheckpoints.through)).limit(1);
      return row ?? null;
    },

    /** The last linked entry that is older than `before` and has no newer one in front of it: what may go, goes up to it. */
    async lastBefore(before: number): Promise<AuditPlace | null> {
      return database
        .prepare(
          `SELECT sequence, hash FROM audit_chain
           WHERE sequence < (SELECT min(sequence) FROM audit_log WHERE at >= ?) ORDER BY sequence DESC LIMIT 1`,
        )
        .bind(before)
        .first<AuditPlace>();
    },

    addCheckpoint(row: AuditCheckpoint): Write {
      return database
        .prepare('INSERT INTO audit_checkpoints VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
        .bind(row.through, row.hash, row.at, row.signed);
    },

    /** The oldest entries and their links, of those a checkpoint stands for. */
    deleteThrough(through: number, limit: number): Write[] {
      const oldest = 'SELECT sequence FROM audit_log WHERE sequence <= ? ORDER BY sequence LIMIT ?';
      return ['audit_chain', 'audit_log'].map((table) =>
        database.prepare(`DELETE FROM ${table} WHERE sequence IN (${oldest})`).bind(through, limit),
      );
    },

    /** Newest first. */
    async keys(): Promise<AuditKeyRow[]> {
      return db.select().from(auditKeys).orderBy(desc(auditKeys.sequence));
    },

    /** Of parallel makers of the same key one wins; the others must read what it wrote. */
    async addKeyIfNext(row: AuditKeyRow): Promise<void> {
      await db.insert(auditKeys).values(row).onConflictDoNothing();
    },
  };
}
export type AuditQueries = ReturnType<typeof auditQueries>;
