import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { templates, templateVersions } from '#shared/db/store.ts';
import { type Template, templateDocumentSchema } from '../templates/template.ts';

export type TemplateRow = typeof templates.$inferSelect;
export type VersionRow = typeof templateVersions.$inferSelect;
/** A template with one of its versions. */
export interface TemplateWithVersion {
  template: TemplateRow;
  version: VersionRow;
}

export interface NewVersion {
  templateId: string;
  document: unknown;
  note: string;
  writtenBy: string;
  now: number;
}

/** By id, or by the handle, which never changes either. */
export type TemplateKey = { id: string } | { handle: string };

/** Rows are trusted to be what was checked when they were saved; a document of an older form gets its defaults. */
export const templateOf = ({ template, version }: TemplateWithVersion): Template => ({
  id: template.id,
  handle: template.handle,
  version: version.version,
  document: templateDocumentSchema.parse(version.document),
});

export const templateQueries = (database: D1Database) => {
  const joined = () =>
    drizzle(database)
      .select({ template: templates, version: templateVersions })
      .from(templates)
      .innerJoin(templateVersions, eq(templateVersions.templateId, templates.id));
  const where = (key: TemplateKey) =>
    'id' in key ? eq(templates.id, key.id) : eq(templates.handle, key.handle);

  return {
    /** One version, the current one unless it is named. */
    async get(key: TemplateKey, version?: number): Promise<TemplateWithVersion | null> {
      const wanted = eq(templateVersions.version, version ?? sql`${templates.currentVersion}`);
      const [row] = await joined()
        .where(and(where(key), wanted))
        .limit(1);
      return row ?? null;
    },

    list(filter: {
      status: TemplateRow['status'];
      after: string;
      limit: number;
    }): Promise<TemplateWithVersion[]> {
      return joined()
        .where(
          and(
            eq(templates.status, filter.status),
            gt(templates.id, filter.after),
            eq(templateVersions.version, templates.currentVersion),
          ),
        )
        .orderBy(asc(templates.id))
        .limit(filter.limit);
    },

    /** Every one with its current version, whatever its status; the newest where there are more than `limit`. */
    all(limit: number): Promise<TemplateWithVersion[]> {
      return joined()
        .where(eq(templateVersions.version, templates.currentVersion))
        .orderBy(desc(templates.id))
        .limit(limit);
    },

    /** Newest first. */
    versions(templateId: string, before: number, limit: number) {
      return drizzle(database)
        .select({
          version: templateVersions.version,
          note: templateVersions.note,
          writtenBy: templateVersions.writtenBy,
          createdAt: templateVersions.createdAt,
        })
        .from(templateVersions)
        .where(and(eq(templateVersions.templateId, templateId), lt(templateVersions.version, before)))
        .orderBy(desc(templateVersions.version))
        .limit(limit);
    },

    /** Makes a template with its first version, unless id or handle are taken. */
    async create({ templateId, document, note, writtenBy, now }: NewVersion, handle: string): Promise<void> {
      await database.batch([
        database
          .prepare(
            `INSERT INTO templates (id, handle, status, current_version, created_at, updated_at)
             VALUES (?1, ?2, 'active', 1, ?3, ?3) ON CONFLICT DO NOTHING`,
          )
          .bind(templateId, handle, now),
        database
          .prepare(
            `INSERT INTO template_versions (template_id, version, document, note, written_by, created_at)
             SELECT ?1, 1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM templates WHERE id = ?1)
             ON CONFLICT DO NOTHING`,
          )
          .bind(templateId, JSON.stringify(document), note, writtenBy, now),
      ]);
    },

    /** Adds the version after `after` and makes it the current one, if `after` still is; false: it is not, or archived. */
    async addVersion(version: NewVersion, after: number): Promise<boolean> {
      const { templateId, document, note, writtenBy, now } = version;
      const [, moved] = await database.batch([
        database
          .prepare(
            `INSERT INTO template_versions (template_id, version, document, note, written_by, created_at)
             SELECT id, current_version + 1, ?2, ?3, ?4, ?5 FROM templates
             WHERE id = ?1 AND current_version = ?6 AND status = 'active'`,
          )
          .bind(templateId, JSON.stringify(document), note, writtenBy, now, after),
        database
          .prepare(
            `UPDATE templates SET current_version = current_version + 1, updated_at = ?2
             WHERE id = ?1 AND current_version = ?3 AND status = 'active'`,
          )
          .bind(templateId, now, after),
      ]);
      return (moved?.meta.changes ?? 0) > 0;
    },

    /** False: it was archived before, or another version is current by now. */
    async archive(templateId: string, version: number | null, now: number): Promise<boolean> {
      const done = await database
        .prepare(
          `UPDATE templates SET status = 'archived', updated_at = ?2
           WHERE id = ?1 AND status = 'active' AND (?3 IS NULL OR current_version = ?3)`,
        )
        .bind(templateId, now, version)
        .run();
      return done.meta.changes > 0;
    },
  };
};
