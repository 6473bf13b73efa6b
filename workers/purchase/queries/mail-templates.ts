import { and, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { MailKind, MailWording } from '#shared/contracts/http/mail-templates.ts';
import { mailTemplates as table } from '#shared/db/commerce.ts';
import type { Language } from '#shared/domain/locale.ts';

/** The merchant's own words for mails. */
export interface MailTemplates {
  list(): Promise<({ kind: string; language: string } & MailWording)[]>;
  save(kind: MailKind, language: Language, wording: MailWording, now: number): Promise<void>;
  remove(kind: MailKind, language: Language): Promise<void>;
}

export function mailTemplates(database: D1Database): MailTemplates {
  const db = drizzle(database);
  return {
    // At most one row a kind and language: bounded by our own lists of them.
    list: async () => {
      const { kind, language, subject, lead } = table;
      return db.select({ kind, language, subject, lead }).from(table);
    },
    async save(kind, language, { subject, lead }, now) {
      await db
        .insert(table)
        .values({ kind, language, subject, lead, version: 1, updatedAtMs: now })
        .onConflictDoUpdate({
          target: [table.kind, table.language],
          set: { subject, lead, version: sql`${table.version} + 1`, updatedAtMs: now },
        });
    },
    async remove(kind, language) {
      await db.delete(table).where(and(eq(table.kind, kind), eq(table.language, language)));
    },
  };
}
