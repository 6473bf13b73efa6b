import { VERSIONS_KEPT } from '../limits.ts';

const COLUMNS =
  '(product_id, version, at_ms, actor_id, reason, job_id, restored_from, request_id, statement)';
const AUTHOR = "?5->>'actorId', ?5->>'reason', ?5->>'jobId', ?5->>'restoredFrom', ?4";

/**
 * Keeps the versions a batch has just written, as they were stated. `written` joins the statements (`r`, members of ?1)
 * with the products written of them (`p`). ?3 is the time, ?4 the request, ?5 the author as JSON.
 */
export const keepStated = (written: string): string =>
  `INSERT INTO product_versions ${COLUMNS}
   SELECT p.id, p.version, ?3, ${AUTHOR}, json_remove(r.value, '$.id', '$.readVersion', '$.publishAtMs', '$.contentHash')
   FROM ${written}`;

/**
 * Keeps the versions that a batch is about to make by giving products (`p` of `chosen`) another status. Of a product
 * whose last version was not kept there is nothing to follow.
 */
export const keepStatus = (status: 'published' | 'archived', chosen: string): string =>
  `INSERT INTO product_versions ${COLUMNS}
   SELECT p.id, p.version + 1, ?3, ${AUTHOR}, json_set(v.statement, '$.status', '${status}', '$.publishAt', NULL)
   FROM ${chosen} JOIN product_versions AS v ON v.product_id = p.id AND v.version = p.version WHERE true`;

/** `ids`: subquery of product ids over ?1. */
export const forgetOldVersions = (ids: string): string =>
  `DELETE FROM product_versions WHERE product_id IN ${ids}
   AND version <= (SELECT version FROM products WHERE id = product_id) - ${VERSIONS_KEPT}`;
