import { DAY_MS } from '#shared/time/time.ts';

export interface KeptMedia {
  hash: string;
  contentType: string;
  bytes: number;
  width: number;
  height: number;
  createdBy: string;
}

/** What nothing shows is kept for a day, so that it can be uploaded first and named afterwards. */
export const ORPHAN_KEPT_MS = DAY_MS;
const CHECKED_MAX = 20;

/** Keeps a picture's record; false: its object is being deleted this moment. */
export async function keepMedia(
  database: D1DatabaseSession,
  media: KeptMedia,
  nowMs: number,
): Promise<boolean> {
  const { hash, contentType, bytes, width, height, createdBy } = media;
  const kept = await database
    .prepare(
      `INSERT INTO media VALUES (?1, 'kept', ?2, ?3, ?4, ?5, ?6, ?7, ?7)
       ON CONFLICT (hash) DO UPDATE SET touched_at_ms = excluded.touched_at_ms WHERE state = 'kept' RETURNING hash`,
    )
    .bind(hash, contentType, bytes, width, height, createdBy, nowMs)
    .first();
  return kept !== null;
}

/** Those of the hashes that no picture has. */
export async function unknownMedia(
  database: D1DatabaseSession,
  hashes: readonly string[],
): Promise<Set<string>> {
  const { results } = await database
    .prepare(
      `SELECT value FROM json_each(?1) WHERE value NOT IN (SELECT hash FROM media WHERE state = 'kept')`,
    )
    .bind(JSON.stringify(hashes))
    .all<{ value: string }>();
  return new Set(results.map(({ value }) => value));
}

/** Neither the product as it is nor a version of it that can be restored names the picture. */
const UNUSED = `NOT EXISTS (SELECT 1 FROM media_uses u JOIN products p ON p.id = u.product_id WHERE u.hash = media.hash
  AND (instr(p.images, media.hash) > 0
    OR EXISTS (SELECT 1 FROM product_versions v WHERE v.product_id = p.id AND instr(v.statement, media.hash) > 0)))`;

/** Marks pictures that nothing has shown for a day, and answers all that are marked; a few at a time, each once a day. */
export async function markOrphans(
  database: D1DatabaseSession,
  nowMs: number,
): Promise<{ hash: string; width: number; height: number; contentType: string }[]> {
  const due = `SELECT hash FROM media WHERE checked_at_ms <= ?1 - ${ORPHAN_KEPT_MS} ORDER BY checked_at_ms LIMIT ${CHECKED_MAX}`;
  const results = await database.batch([
    database
      .prepare(
        `UPDATE media SET state = 'gone' WHERE hash IN (${due}) AND touched_at_ms <= ?1 - ${ORPHAN_KEPT_MS} AND ${UNUSED}`,
      )
      .bind(nowMs),
    database.prepare(`UPDATE media SET checked_at_ms = ?1 WHERE hash IN (${due})`).bind(nowMs),
    database.prepare(
      `SELECT hash, width, height, content_type AS contentType FROM media WHERE state = 'gone' LIMIT ${CHECKED_MAX}`,
    ),
  ]);
  return results[2]?.results as { hash: string; width: number; height: number; contentType: string }[];
}

/** Forgets those whose objects are deleted. */
export async function forgetMedia(database: D1DatabaseSession, hashes: readonly string[]): Promise<void> {
  await database
    .prepare(`DELETE FROM media WHERE state = 'gone' AND hash IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(hashes))
    .run();
}
