import type { ImportFault } from '#shared/contracts/http/imports.ts';

/** A stretch of a file that belongs to one product. */
export interface FoundSegment {
  handle: string;
  /** First row. */
  row: number;
  /** [row, first byte, byte behind the last]; null: none of it can be read. */
  segment: [number, number, number] | null;
  faults: ImportFault[];
}

/** Rows that belong to no product. */
export interface Stray {
  row: number;
  handle: string | null;
  faults: ImportFault[];
}

/** All stretches of one handle are one item, wherever they stand. */
export const gatherSegments = (
  session: D1DatabaseSession,
  jobId: string,
  found: readonly FoundSegment[],
): D1PreparedStatement =>
  session
    .prepare(
      `INSERT INTO catalogue_job_items (job_id, position, key, handle, segments, faults)
       SELECT ?1, r.value->>'row', r.value->>'handle', r.value->>'handle',
         CASE r.value->'segment' WHEN 'null' THEN '[]' ELSE json_array(json(r.value->'segment')) END, r.value->'faults'
       FROM json_each(?2) AS r WHERE true
       ON CONFLICT (job_id, key) DO UPDATE SET
         segments = CASE excluded.segments WHEN '[]' THEN segments ELSE json_insert(segments, '$[#]', json(excluded.segments->'$[0]')) END,
         faults = CASE excluded.faults WHEN '[]' THEN faults ELSE json_insert(faults, '$[#]', json(excluded.faults->'$[0]')) END`,
    )
    .bind(jobId, JSON.stringify(found));

/** A handle is one item; the rows that repeat it are refused. */
export const firstSegments = (
  session: D1DatabaseSession,
  jobId: string,
  found: readonly FoundSegment[],
): D1PreparedStatement[] => {
  const json = JSON.stringify(found);
  return [
    session
      .prepare(
        `INSERT INTO catalogue_job_items (job_id, position, key, handle, segments)
         SELECT ?1, r.value->>'row', r.value->>'handle', r.value->>'handle', json_array(json(r.value->'segment'))
         FROM json_each(?2) AS r WHERE true ON CONFLICT (job_id, key) DO NOTHING`,
      )
      .bind(jobId, json),
    session
      .prepare(
        `INSERT INTO catalogue_job_items (job_id, position, handle, result, report)
         SELECT ?1, r.value->>'row', r.value->>'handle', 'refused', json_object('faults', json_array(json_object(
           'row', CAST(r.value->>'row' AS INTEGER), 'column', '/handle', 'detail', 'is the handle of row ' || i.position || ' of this file already')))
         FROM json_each(?2) AS r JOIN catalogue_job_items AS i ON i.job_id = ?1 AND i.key = r.value->>'handle'
         WHERE i.position <> r.value->>'row'`,
      )
      .bind(jobId, json),
  ];
};

export const refuseStrays = (
  session: D1DatabaseSession,
  jobId: string,
  strays: readonly Stray[],
): D1PreparedStatement =>
  session
    .prepare(
      `INSERT INTO catalogue_job_items (job_id, position, handle, result, report)
       SELECT ?1, r.value->>'row', r.value->>'handle', 'refused', json_object('faults', r.value->'faults') FROM json_each(?2) AS r`,
    )
    .bind(jobId, JSON.stringify(strays));

/** Counts what was refused while the file was read; once, when it has been read. */
export const countRefusedRows = (session: D1DatabaseSession, jobId: string): D1PreparedStatement =>
  session
    .prepare(
      `UPDATE catalogue_jobs SET refused = (SELECT count(*) FROM catalogue_job_items WHERE job_id = ?1 AND result = 'refused') WHERE id = ?1`,
    )
    .bind(jobId);

/** Products that an import stated belong to its source, unless they belong to one already. */
export const claimProducts = (
  session: D1DatabaseSession,
  source: string,
  productIds: readonly string[],
): D1PreparedStatement =>
  session
    .prepare(
      `INSERT INTO product_sources (product_id, source)
       SELECT value, ?1 FROM json_each(?2) WHERE value IN (SELECT id FROM products) ON CONFLICT (product_id) DO NOTHING`,
    )
    .bind(source, JSON.stringify(productIds));

const OWNED = `product_sources AS s JOIN products AS p ON p.id = s.product_id
  WHERE s.source = ?1 AND p.status <> 'archived'`;
const UNNAMED = `${OWNED} AND NOT EXISTS (SELECT 1 FROM catalogue_job_items AS i WHERE i.job_id = ?2 AND i.key = p.handle)`;

/** How many products a source has in the shop, and how many of them its file does not name. */
export async function countUnnamed(
  session: D1DatabaseSession,
  { source, jobId }: { source: string; jobId: string },
): Promise<{ owned: number; unnamed: number; strays: number }> {
  const row = await session
    .prepare(
      `SELECT (SELECT count(*) FROM ${OWNED}) AS owned, (SELECT count(*) FROM ${UNNAMED}) AS unnamed,
         (SELECT count(*) FROM catalogue_job_items WHERE job_id = ?2 AND handle IS NULL) AS strays`,
    )
    .bind(source, jobId)
    .first<{ owned: number; unnamed: number; strays: number }>();
  return row ?? { owned: 0, unnamed: 0, strays: 0 };
}

export interface UnnamedProduct {
  id: string;
  handle: string;
  version: number;
}

/** Products of a source that its file does not name, by id. */
export async function unnamedProducts(
  session: D1DatabaseSession,
  page: { source: string; jobId: string; after: string; limit: number },
): Promise<UnnamedProduct[]> {
  const { results } = await session
    .prepare(`SELECT p.id, p.handle, p.version FROM ${UNNAMED} AND p.id > ?3 ORDER BY p.id LIMIT ?4`)
    .bind(page.source, page.jobId, page.after, page.limit)
    .all<UnnamedProduct>();
  return results;
}

/** Notes products to archive as items of the job, behind those of the file. */
export const noteUnnamed = (
  session: D1DatabaseSession,
  jobId: string,
  products: readonly (UnnamedProduct & { position: number })[],
): D1PreparedStatement =>
  session
    .prepare(
      `INSERT INTO catalogue_job_items (job_id, position, handle, product_id)
       SELECT ?1, r.value->>'position', r.value->>'handle', r.value->>'id' FROM json_each(?2) AS r`,
    )
    .bind(jobId, JSON.stringify(products));
