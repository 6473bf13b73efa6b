import { type DataRequest, dataRequestSchema } from './machine.ts';

const IS_REPEAT = "AND document ->> '$.isRepeat' = 1";

/** A person's requests; each write is one transaction with what the caller does beside it. */
export function requestStorage(sql: SqlStorage) {
  const read = (rest: string, ...values: (string | number)[]): DataRequest[] =>
    sql
      .exec<{ document: string }>(`SELECT document FROM requests ${rest}`, ...values)
      .toArray()
      .map(({ document }) => dataRequestSchema.parse(JSON.parse(document)));
  return {
    all: (): DataRequest[] => read('ORDER BY id DESC'),
    newest: (limit: number): DataRequest[] => read('ORDER BY id DESC LIMIT ?', limit),
    byId: (id: string): DataRequest | null => read('WHERE id = ?', id)[0] ?? null,
    due: (now: number, onlyRepeats: boolean): DataRequest | null =>
      read(`WHERE due_at <= ? ${onlyRepeats ? IS_REPEAT : ''} ORDER BY due_at, id LIMIT 1`, now)[0] ?? null,
    nextDueAt: (): number | null =>
      sql.exec<{ at: number | null }>('SELECT min(due_at) AS at FROM requests').one().at,
    /** With the version `told` wants. */
    untold(onlyRepeats: boolean): { request: DataRequest; version: number } | null {
      const [row] = sql
        .exec<{ document: string; version: number }>(
          `SELECT document, version FROM requests WHERE is_told = 0 ${onlyRepeats ? IS_REPEAT : ''}
           ORDER BY id LIMIT 1`,
        )
        .toArray();
      if (row === undefined) return null;
      return { request: dataRequestSchema.parse(JSON.parse(row.document)), version: row.version };
    },
    /** What was told is what it is now: else it is told again. */
    told: (id: string, version: number): void => {
      sql.exec('UPDATE requests SET is_told = 1 WHERE id = ? AND version = ?', id, version);
    },
    keep: (request: DataRequest, isTold: boolean): void => {
      sql.exec(
        `INSERT INTO requests (id, version, due_at, is_told, document) VALUES (?1, 1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET version = version + 1, due_at = excluded.due_at,
           is_told = min(is_told, excluded.is_told), document = excluded.document`,
        request.id,
        request.dueAt,
        isTold ? 1 : 0,
        JSON.stringify(request),
      );
    },
  };
}
