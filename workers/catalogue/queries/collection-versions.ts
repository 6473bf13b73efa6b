import { z } from 'zod';
import { PRODUCT_LIMITS } from '#shared/contracts/http/product-input.ts';
import { VERSIONS_KEPT } from '../limits.ts';
import { forgetOldVersions } from './versions.ts';

export interface CollectionVersionRow {
  collectionId: string;
  version: number;
  atMs: number;
  actorId: string | null;
  reason: 'kept' | 'request' | 'restore' | 'deleted';
  restoredFrom: number | null;
  requestId: string;
  /** JSON, as `POST /v1/collections` takes it. */
  statement: string;
}

/** The collection, when the batch was allowed to write it. ?1 is its id, ?2 the token; so too below. */
export const WRITTEN = 'SELECT id FROM collections WHERE id = ?1 AND write_token = ?2';

const STATED = `json_object('handle', c.handle, 'title', c.title, 'parentId', c.parent_id, 'position', c.position,
  'descriptionHtml', c.description_html, 'translations', json(c.translations), 'seo', json(c.seo), 'rule', json(c.rule))`;

/**
 * Keeps the version that a batch has just written, or that taking the collection away is. ?3 the time, ?4 the request, ?5 the
 * author as JSON.
 */
const keep = (version: string, reason: string): string =>
  `INSERT INTO collection_versions (collection_id, version, at_ms, actor_id, reason, restored_from, request_id, handle, statement)
   SELECT c.id, ${version}, ?3, ?5->>'actorId', ${reason}, ?5->>'restoredFrom', ?4, c.handle, ${STATED}
   FROM collections AS c WHERE c.id IN (${WRITTEN})`;

/** The version a collection gets that is made, or made again. */
export const NEXT_VERSION =
  '(SELECT coalesce(max(version), 0) + 1 FROM collection_versions WHERE collection_id = ?1)';
const FORGET_OLD = `DELETE FROM collection_versions WHERE collection_id = ?1 AND version < ${NEXT_VERSION} - ${VERSIONS_KEPT}`;

/** Products that name the collection. */
const NAMING = `(SELECT product_id FROM product_collections WHERE by_rule = 0 AND collection_id IN (${WRITTEN}))`;
/** They name other collections now, `those` of them: another version of what each states, kept like any. */
const newVersions = (those: string): string[] => [
  `INSERT INTO product_versions (product_id, version, at_ms, actor_id, reason, job_id, restored_from, request_id, statement)
   SELECT p.id, p.version + 1, ?3, ?5->>'actorId', 'request', NULL, NULL, ?4, json_set(v.statement, '$.collections', json(
     (SELECT json_group_array(json_object('handle', c.handle, 'title', c.title) ORDER BY c.handle)
      FROM product_collections AS pc JOIN collections AS c ON c.id = pc.collection_id
      WHERE pc.product_id = p.id AND pc.by_rule = 0 AND ${those})))
   FROM products AS p JOIN product_versions AS v ON v.product_id = p.id AND v.version = p.version WHERE p.id IN ${NAMING}`,
  `UPDATE products SET version = version + 1, content_hash = '', updated_at_ms = ?3 WHERE id IN ${NAMING}`,
  forgetOldVersions(NAMING),
];

/** Follow the statement that wrote a collection, in its batch. */
export const KEEP_WRITTEN = [keep('c.version', "?5->>'reason'"), FORGET_OLD];

/** Follow those, when it was taken away before: products that named it name it again, but for what is full by now. */
export const NAME_AGAIN = [
  `INSERT INTO product_collections (product_id, collection_id, by_rule, position)
   SELECT product_id, collection_id, 0, position FROM former_members AS f WHERE collection_id IN (${WRITTEN})
   AND (SELECT count(*) FROM product_collections WHERE product_id = f.product_id AND by_rule = 0) < ${PRODUCT_LIMITS.collections}`,
  ...newVersions('true'),
  `DELETE FROM former_members WHERE collection_id IN (${WRITTEN})`,
];

/** Come before the statements that take a collection away, in their batch. */
export const KEEP_DELETED = [
  keep('c.version + 1', "'deleted'"),
  FORGET_OLD,
  `INSERT INTO former_members (collection_id, product_id, position)
   SELECT collection_id, product_id, position FROM product_collections WHERE by_rule = 0 AND collection_id IN (${WRITTEN})`,
  ...newVersions('c.id <> ?1'),
];

const rowSchema = z.object({
  collectionId: z.string(),
  version: z.int(),
  atMs: z.int(),
  actorId: z.string().nullable(),
  reason: z.enum(['kept', 'request', 'restore', 'deleted']),
  restoredFrom: z.int().nullable(),
  requestId: z.string(),
  statement: z.string(),
});

/**
 * Versions of a collection, from `upTo` downwards; also of one that was taken away. A handle means the collection that had it
 * last. Empty: nobody knows it.
 */
export async function readCollectionVersions(
  database: D1DatabaseSession,
  { key, upTo, limit }: { key: { id: string } | { handle: string }; upTo: number; limit: number },
): Promise<CollectionVersionRow[]> {
  const [of, value] =
    'id' in key
      ? ['?1', key.id]
      : [
          `coalesce((SELECT id FROM collections WHERE handle = ?1),
             (SELECT collection_id FROM collection_versions WHERE handle = ?1 ORDER BY at_ms DESC LIMIT 1))`,
          key.handle,
        ];
  const { results } = await database
    .prepare(
      `SELECT collection_id AS collectionId, version, at_ms AS atMs, actor_id AS actorId, reason,
         restored_from AS restoredFrom, request_id AS requestId, statement
       FROM collection_versions WHERE collection_id = ${of} AND version <= ?2 ORDER BY version DESC LIMIT ?3`,
    )
    .bind(value, upTo, limit)
    .all();
  return rowSchema.array().parse(results);
}
