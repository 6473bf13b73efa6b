import { newId } from '#shared/ids/ids.ts';
import type { SearchDocument } from '../domain/search-document.ts';

/** Documents this batch was allowed to write. ?1 is the JSON of all, ?2 the batch's token. */
const WRITTEN = `json_each(?1) AS r JOIN documents AS d ON d.id = r.value->>'id' AND d.write_token = ?2`;

const STATEMENTS = [
  `INSERT INTO documents (id, revision, write_token, status, kind, vendor, availability, title_key, summary)
   SELECT r.value->>'id', r.value->>'revision', ?2, r.value->>'status', r.value->>'kind', r.value->>'vendor',
     r.value->>'availability', r.value->>'titleKey', r.value->'summary' FROM json_each(?1) AS r WHERE true
   ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, write_token = excluded.write_token, status = excluded.status,
     kind = excluded.kind, vendor = excluded.vendor, availability = excluded.availability, title_key = excluded.title_key,
     summary = excluded.summary
   WHERE excluded.revision >= documents.revision`,
  `DELETE FROM document_prices WHERE id IN (SELECT d.id FROM ${WRITTEN})`,
  `INSERT INTO document_prices (currency, amount, id)
   SELECT m.value->>'currency', m.value->>'amount', d.id FROM ${WRITTEN}, json_each(r.value, '$.prices') AS m`,
  `DELETE FROM document_labels WHERE id IN (SELECT d.id FROM ${WRITTEN})`,
  `INSERT INTO document_labels (label, id) SELECT l.value, d.id FROM ${WRITTEN}, json_each(r.value, '$.labels') AS l`,
  `DELETE FROM document_numbers WHERE id IN (SELECT d.id FROM ${WRITTEN})`,
  `INSERT INTO document_numbers (key, value, id)
   SELECT n.value->>'key', n.value->>'value', d.id FROM ${WRITTEN}, json_each(r.value, '$.numbers') AS n`,
];

/**
 * Replaces products in lists, in one atomic batch and one round trip. A document made from an older revision than the one
 * kept is ignored, so writers may come late, twice or at the same time.
 */
export async function writeDocuments(
  database: D1Database,
  documents: readonly SearchDocument[],
): Promise<void> {
  if (documents.length === 0) return;
  const parameters = [JSON.stringify(documents), newId('event')];
  await database.batch(STATEMENTS.map((sql) => database.prepare(sql).bind(...parameters)));
}
