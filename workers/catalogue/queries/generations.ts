/** A generation of the search index that is built beside the one that serves. */
export interface Building {
  generation: number;
  /** The last product that was read; empty: none yet. */
  cursor: string;
}

/** The one that is built; begins one when there is none and `begin`. */
export async function buildingGeneration(
  database: D1Database,
  nowMs: number,
  begin: boolean,
): Promise<Building | null> {
  const [, found] = await database.batch<Building>([
    database
      .prepare(
        `INSERT INTO index_generations (state, changed_at_ms) SELECT 'building', ?1 WHERE ?2
         AND NOT EXISTS (SELECT 1 FROM index_generations WHERE state = 'building')`,
      )
      .bind(nowMs, begin ? 1 : 0),
    database.prepare(`SELECT generation, cursor FROM index_generations WHERE state = 'building'`),
  ]);
  return found?.results[0] ?? null;
}

/** Notes how far it is; only from where it was read, so that two who build it never set it back. */
export async function advanceBuilding(database: D1Database, from: Building, cursor: string): Promise<void> {
  await database
    .prepare(
      `UPDATE index_generations SET cursor = ?3 WHERE generation = ?1 AND cursor = ?2 AND state = 'building'`,
    )
    .bind(from.generation, from.cursor, cursor)
    .run();
}

/** The built one serves from now on, in one step; the one before is kept for searches that have begun. */
export async function switchGeneration(database: D1Database, from: Building, nowMs: number): Promise<void> {
  const ours = `EXISTS (SELECT 1 FROM index_generations WHERE generation = ?1 AND cursor = ?2 AND state = 'building')`;
  await database.batch([
    database
      .prepare(
        `UPDATE index_generations SET state = 'retired', changed_at_ms = ?3 WHERE state = 'serving' AND ${ours}`,
      )
      .bind(from.generation, from.cursor, nowMs),
    database
      .prepare(
        `UPDATE index_generations SET state = 'serving', changed_at_ms = ?3
         WHERE generation = ?1 AND cursor = ?2 AND state = 'building'`,
      )
      .bind(from.generation, from.cursor, nowMs),
  ]);
}

const ROWS_A_ROUND = 2_000;
const some = (table: string, key: string): string =>
  `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE generation = ?1 LIMIT ${ROWS_A_ROUND})`;
const KEYED = [
  ['index_postings', 'generation, term, chunk'],
  ['index_words', 'generation, word, language'],
  ['index_deletions', 'generation, deletion, word'],
] as const;
const CLEAR = [
  `DELETE FROM index_phrases WHERE rowid IN
    (SELECT row FROM index_entries WHERE generation = ?1 ORDER BY row LIMIT ${ROWS_A_ROUND})`,
  `DELETE FROM index_entries WHERE row IN
    (SELECT row FROM index_entries WHERE generation = ?1 ORDER BY row LIMIT ${ROWS_A_ROUND})`,
  ...KEYED.map(([table, key]) => some(table, key)),
  'DELETE FROM index_chunks WHERE generation = ?1',
  `DELETE FROM index_generations WHERE generation = ?1 AND ${[
    'index_entries',
    ...KEYED.map(([table]) => table),
  ]
    .map((table) => `NOT EXISTS (SELECT 1 FROM ${table} WHERE generation = ?1)`)
    .join(' AND ')}`,
];

/** Takes out a part of what was retired before `beforeMs`; answers whether something is left of it. */
export async function clearRetired(database: D1Database, beforeMs: number): Promise<boolean> {
  const row = await database
    .prepare(`SELECT generation FROM index_generations WHERE state = 'retired' AND changed_at_ms < ? LIMIT 1`)
    .bind(beforeMs)
    .first<{ generation: number }>();
  if (row === null) return false;
  await database.batch(CLEAR.map((sql) => database.prepare(sql).bind(row.generation)));
  return true;
}
