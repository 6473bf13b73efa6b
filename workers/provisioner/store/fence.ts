/**
 * The statement before all others of a batch: it fails, and the whole batch with it, where the shard may not be used in
 * this database (any more). What decides is the database's own word at that instant, so nobody needs a fresh copy of the
 * directory to be kept from an old place.
 */

/** A row by whose presence a batch knows that it is in the right database. */
export interface RowName {
  table: keyof typeof LABEL_OF;
  id: string;
  /** Ends in the shard it was made in, where its id does not. */
  near?: string;
}
/** In which shard a row lies, by whose it is now: SQL over its key in `?2`; NULL where it is not. */
const LABEL_OF = {
  instances: 'SELECT substr(customer_id, -2) FROM instances WHERE id = ?2',
  operations: `SELECT substr(customer_id, -2) FROM operations JOIN instances ON instances.id = instance_id
    WHERE operations.id = ?2`,
  licence_keys: `SELECT substr(customer_id, -2) FROM licence_keys JOIN instances ON instances.id = instance_id
    WHERE fingerprint = ?2`,
} as const;

export type Refusal = 'shard' | 'row';
const SHARD_WORD = 'tradepost: the shard is not to be used here';
const ROW_WORD = 'tradepost: the row is not here';

/** SQLite gives the text of a path that cannot be read back in its error, the one way to fail with a word of one's own. */
const failWith = (word: string, about: string): string => `json_extract('{}', '${word} ' || ${about})`;

/** A row that was handed on lies in a shard its id does not name: that one has to be usable here as well. */
export function fenceStatement(
  database: D1Database,
  fence: { shard: number; isHome: boolean; writes: boolean; row: RowName | null },
): D1PreparedStatement {
  const usable = fence.writes ? `('open')` : `('open', 'closed')`;
  const unless = fence.isHome ? 'open' : 'gone';
  const stateWhere = (condition: string): string =>
    `COALESCE((SELECT state FROM shard_states WHERE ${condition}), '${unless}')`;
  const label = fence.row === null ? '' : `(${LABEL_OF[fence.row.table]})`;
  const row =
    fence.row === null
      ? ''
      : `WHEN ${label} IS NULL OR (${label} <> printf('%02x', ?1)
          AND ${stateWhere(`printf('%02x', shard) = ${label}`)} NOT IN ${usable}) THEN ${failWith(ROW_WORD, '?2')} `;
  return database
    .prepare(
      `SELECT CASE WHEN ${stateWhere('shard = ?1')} NOT IN ${usable} THEN ${failWith(SHARD_WORD, '?1')} ${row}ELSE 1 END AS usable`,
    )
    .bind(fence.shard, ...(fence.row === null ? [] : [fence.row.id]));
}

/** Which fence refused; null: the error is none of theirs. */
export function refusalIn(error: unknown): Refusal | null {
  const text = error instanceof Error ? error.message : '';
  if (text.includes(SHARD_WORD)) return 'shard';
  return text.includes(ROW_WORD) ? 'row' : null;
}
