import { and, asc, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { z } from 'zod';
import { COLLECTION_LIMITS } from '#shared/contracts/http/collections.ts';
import { collections } from '#shared/db/catalogue.ts';
import { collectionRuleSchema } from '#shared/domain/collection-rule.ts';
import { seoSchema, translationSchema } from '#shared/domain/product-texts.ts';
import { BEHIND, type MemberPosition } from '../domain/member-position.ts';
import type { NamedCollection, StoredCollection } from '../domain/stored-collection.ts';
import { json } from './json-column.ts';

/** Collections after a handle, by handle; of one parent only, where one is given. */
export async function listCollections(
  database: D1DatabaseSession,
  page: { after: string; limit: number; parentId?: string | undefined },
): Promise<NamedCollection[]> {
  const { id, handle, title, translations } = collections;
  const rows = await drizzle(database as unknown as D1Database)
    .select({ id, handle, title, translations })
    .from(collections)
    .where(
      and(
        gt(collections.handle, page.after),
        page.parentId === undefined ? undefined : eq(collections.parentId, page.parentId),
      ),
    )
    .orderBy(asc(collections.handle))
    .limit(page.limit)
    .all();
  return rows.map(({ translations: texts, ...row }) => ({
    ...row,
    titles: Object.fromEntries(Object.entries(texts).map(([tag, each]) => [tag, each.title])),
  }));
}

/** What names a collection in the answers of others, as a member of a JSON array. */
const NAMED = (
  alias: string,
): string => `json_object('id', ${alias}.id, 'handle', ${alias}.handle, 'title', ${alias}.title,
  'titles', (SELECT json_group_object(key, value->>'title') FROM json_each(${alias}.translations)))`;

const SELECT_COLLECTION = `SELECT c.*,
  (WITH RECURSIVE up(id, above) AS (SELECT c.id, 0 UNION ALL
      SELECT o.parent_id, up.above + 1 FROM collections o JOIN up ON up.id = o.id WHERE o.parent_id IS NOT NULL AND up.above < ${COLLECTION_LIMITS.levels})
    SELECT json_group_array(${NAMED('a')} ORDER BY up.above DESC) FROM up JOIN collections a ON a.id = up.id) AS path,
  (SELECT json_group_array(${NAMED('k')} ORDER BY k.position, k.handle)
     FROM (SELECT * FROM collections WHERE parent_id = c.id ORDER BY position, handle LIMIT ${COLLECTION_LIMITS.shownChildren}) AS k) AS children
  FROM collections c`;

const named = json(
  z.array(
    z.object({
      id: z.string(),
      handle: z.string(),
      title: z.string(),
      titles: z.record(z.string(), z.string()),
    }),
  ),
);
const rowSchema = z
  .object({
    id: z.string(),
    handle: z.string(),
    title: z.string(),
    version: z.int(),
    parent_id: z.string().nullable(),
    position: z.int(),
    description_html: z.string(),
    translations: json(z.record(z.string(), translationSchema)),
    seo: json(seoSchema),
    rule: json(collectionRuleSchema).nullable(),
    path: named,
    children: named,
  })
  .transform(({ parent_id: parentId, description_html: descriptionHtml, ...row }) => ({
    ...row,
    parentId,
    descriptionHtml,
  }));

/** A collection with the way to it and its children; one query. */
export async function readCollection(
  database: D1DatabaseSession,
  key: { id: string } | { handle: string },
): Promise<StoredCollection | null> {
  const [column, value] = 'id' in key ? ['id', key.id] : ['handle', key.handle];
  const row = await database.prepare(`${SELECT_COLLECTION} WHERE c.${column} = ?1`).bind(value).first();
  return row === null ? null : rowSchema.parse(row);
}

/** Published products of the collection itself, in its order; null: there is no such collection. One round trip. */
export async function listMembers(
  database: D1DatabaseSession,
  { key, after, limit }: { key: { id: string } | { handle: string }; after: MemberPosition; limit: number },
): Promise<MemberPosition[] | null> {
  const [column, value] = 'id' in key ? ['id', key.id] : ['handle', key.handle];
  const [known, members] = await database.batch([
    database.prepare(`SELECT id FROM collections WHERE ${column} = ?1`).bind(value),
    database
      .prepare(
        `SELECT coalesce(pc.position, ${BEHIND}) AS position, pc.product_id AS productId
         FROM collections c JOIN product_collections pc ON pc.collection_id = c.id
         JOIN products p ON p.id = pc.product_id AND p.status = 'published'
         WHERE c.${column} = ?1 AND (coalesce(pc.position, ${BEHIND}), pc.product_id) > (?2, ?3)
         ORDER BY coalesce(pc.position, ${BEHIND}), pc.product_id LIMIT ?4`,
      )
      .bind(value, after.position, after.productId, limit),
  ]);
  return known?.results.length === 0 ? null : ((members?.results ?? []) as MemberPosition[]);
}
