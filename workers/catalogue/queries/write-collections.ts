import { COLLECTION_LIMITS, type CollectionInput } from '#shared/contracts/http/collections.ts';
import type { AuthoredContext, WriteContext } from './availability.ts';
import { bound } from './bound.ts';
import { KEEP_DELETED, KEEP_WRITTEN, NAME_AGAIN, NEXT_VERSION, WRITTEN } from './collection-versions.ts';
import { RULE_HOLDS, withAncestors, withDescendants } from './collection-rules.ts';

export interface CollectionWrite {
  id: string;
  /** The version that was read; null: it must not exist yet. */
  readVersion: number | null;
  /** It was taken away, and the products that named it name it again. */
  isMadeAgain?: boolean;
  input: CollectionInput;
  token: string;
}
export type CollectionOutcome = 'written' | 'handle_taken' | 'not_fitting' | 'changed_meanwhile';

/**
 * May the collection stand below its new parent (?3)? Asked in the statement that moves it: D1 has one writer, so of two
 * moves that would make a circle together the second one sees the first.
 */
const FITS = `(?3 IS NULL OR (
  EXISTS (SELECT 1 FROM collections WHERE id = ?3)
  AND NOT EXISTS (${withAncestors('SELECT ?3')} SELECT 1 FROM up WHERE id = ?1)
  AND (${withAncestors('SELECT ?3')} SELECT count(*) FROM up)
    + (WITH RECURSIVE below(id, level) AS (SELECT ?1, 1 UNION ALL
         SELECT o.id, below.level + 1 FROM collections o JOIN below ON o.parent_id = below.id WHERE below.level <= ${COLLECTION_LIMITS.levels})
       SELECT max(level) FROM below) <= ${COLLECTION_LIMITS.levels}))`;

/**
 * Projections of the products below it are owed anew: their labels name what they belong to. Its own id, which is no
 * product's, makes the caches forget when there are none.
 */
const OWE_BELOW = `INSERT INTO outbox (type, subject, request_id, due_at_ms)
  ${withDescendants(WRITTEN)} SELECT 'product.changed', pc.product_id, ?3, ?4
  FROM down JOIN product_collections pc ON pc.collection_id = down.id UNION SELECT 'product.changed', id, ?3, ?4 FROM down WHERE id = ?1`;
const REVISE = `UPDATE products SET revision = revision + 1 WHERE id IN
  (SELECT subject FROM outbox WHERE type = 'product.changed' AND request_id = ?1 AND due_at_ms = ?2)`;

/** Writes a collection, moves it, and finds its products by its rule, all in one atomic batch and one round trip. */
export async function writeCollection(
  database: D1DatabaseSession,
  { id, readVersion, isMadeAgain = false, input, token }: CollectionWrite,
  { requestId, nowMs, author }: AuthoredContext,
): Promise<CollectionOutcome> {
  const { handle, title, parentId, position, descriptionHtml, translations, seo, rule } = input;
  const values = [
    id,
    token,
    parentId,
    handle,
    title,
    position,
    descriptionHtml,
    JSON.stringify(translations),
    JSON.stringify(seo),
    rule === null ? null : JSON.stringify(rule),
  ];
  const first =
    readVersion === null
      ? database
          .prepare(
            `INSERT INTO collections (id, write_token, parent_id, handle, title, position, description_html, translations, seo, rule, version)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ${NEXT_VERSION} WHERE ${FITS} RETURNING id`,
          )
          .bind(...values)
      : database
          .prepare(
            `UPDATE collections SET write_token = ?2, parent_id = ?3, handle = ?4, title = ?5, position = ?6, description_html = ?7,
               translations = ?8, seo = ?9, rule = ?10, version = version + 1 WHERE id = ?1 AND version = ?11 AND ${FITS} RETURNING id`,
          )
          .bind(...values, readVersion);
  const owe = database.prepare(OWE_BELOW).bind(id, token, requestId, nowMs);
  const authored = [id, token, nowMs, requestId, JSON.stringify(author)];
  try {
    const [written] = await database.batch([
      first,
      ...[...KEEP_WRITTEN, ...(isMadeAgain ? NAME_AGAIN : [])].map((sql) => bound(database, sql, authored)),
      owe,
      database
        .prepare(`DELETE FROM product_collections WHERE by_rule = 1 AND collection_id IN (${WRITTEN})`)
        .bind(id, token),
      database
        .prepare(
          `INSERT INTO product_collections (product_id, collection_id, by_rule) SELECT p.id, c.id, 1 FROM collections c, products p
           WHERE c.id IN (${WRITTEN}) AND c.rule IS NOT NULL AND ${RULE_HOLDS} ON CONFLICT DO NOTHING`,
        )
        .bind(id, token),
      owe,
      database.prepare(REVISE).bind(requestId, nowMs),
    ]);
    return (written?.results.length ?? 0) > 0 ? 'written' : 'not_fitting';
  } catch (error) {
    if (error instanceof Error && error.message.includes('UNIQUE constraint failed: collections.handle'))
      return 'handle_taken';
    if (error instanceof Error && error.message.includes('UNIQUE constraint failed: collections.id'))
      return 'changed_meanwhile';
    throw error;
  }
}

/** Takes a collection away that has nothing below it; its products stay. False: it has, or changed. */
export async function deleteCollection(
  database: D1DatabaseSession,
  { id, readVersion, token }: { id: string; readVersion: number; token: string },
  { requestId, nowMs, author }: AuthoredContext,
): Promise<boolean> {
  const authored = [id, token, nowMs, requestId, JSON.stringify(author)];
  const [marked] = await database.batch([
    database
      .prepare(
        `UPDATE collections SET write_token = ?2 WHERE id = ?1 AND version = ?3
         AND NOT EXISTS (SELECT 1 FROM collections WHERE parent_id = ?1) RETURNING id`,
      )
      .bind(id, token, readVersion),
    database.prepare(OWE_BELOW).bind(id, token, requestId, nowMs),
    database.prepare(REVISE).bind(requestId, nowMs),
    ...KEEP_DELETED.map((sql) => bound(database, sql, authored)),
    database.prepare(`DELETE FROM product_collections WHERE collection_id IN (${WRITTEN})`).bind(id, token),
    database.prepare('DELETE FROM collections WHERE id = ?1 AND write_token = ?2').bind(id, token),
  ]);
  return (marked?.results.length ?? 0) > 0;
}

/** Puts products of a collection in order; answers those named that are none of it, and then nothing was changed. */
export async function orderCollection(
  database: D1DatabaseSession,
  id: string,
  productIds: readonly string[],
  { requestId, nowMs }: WriteContext,
): Promise<string[]> {
  const json = JSON.stringify(productIds);
  const strangers = `SELECT value FROM json_each(?2) WHERE value NOT IN (SELECT product_id FROM product_collections WHERE collection_id = ?1)`;
  const [unknown] = await database.batch<{ value: string }>([
    database.prepare(strangers).bind(id, json),
    database
      .prepare(
        `UPDATE product_collections SET position = (SELECT key FROM json_each(?2) WHERE value = product_id)
         WHERE collection_id = ?1 AND NOT EXISTS (${strangers})`,
      )
      .bind(id, json),
    // For the caches alone.
    database
      .prepare(
        "INSERT INTO outbox (type, subject, request_id, due_at_ms) VALUES ('product.changed', ?1, ?2, ?3)",
      )
      .bind(id, requestId, nowMs),
  ]);
  return (unknown?.results ?? []).map(({ value }) => value);
}
