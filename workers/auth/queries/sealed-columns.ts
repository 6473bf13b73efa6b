import type { RowsByKey } from '#shared/crypto/keys-in-use.ts';
import type { SealedColumn } from '../crypto/sealed-columns.ts';
import type { Write } from './commit.ts';

export interface SealedValue {
  row: string;
  sealed: string;
}

/** Names of tables and columns come from `SEALED_COLUMNS` alone, never from a request. */
export function sealedColumnQueries(database: D1Database) {
  return {
    /** Values after a row that are sealed under any key but the one of `prefix`, by row. */
    async outdated(
      { table, key, column }: SealedColumn,
      page: { prefix: string; after: string; limit: number },
    ): Promise<SealedValue[]> {
      const { results } = await database
        .prepare(
          `SELECT ${key} AS "row", ${column} AS sealed FROM ${table}
           WHERE ${key} > ?1 AND substr(${column}, 1, length(?2)) <> ?2 ORDER BY ${key} LIMIT ?3`,
        )
        .bind(page.after, page.prefix, page.limit)
        .all<SealedValue>();
      return results;
    },

    /** Changes nothing when the value was written anew meanwhile. */
    reseal(
      { table, key, column, index }: SealedColumn,
      from: SealedValue,
      sealed: string,
      indexed: string | null,
    ): Write {
      const indexSet = index === undefined ? '' : `, ${index} = ?4`;
      const statement = database.prepare(
        `UPDATE OR IGNORE ${table} SET ${column} = ?1${indexSet} WHERE ${key} = ?2 AND ${column} = ?3`,
      );
      return index === undefined
        ? statement.bind(sealed, from.row, from.sealed)
        : statement.bind(sealed, from.row, from.sealed, indexed);
    },

    /** Reads the whole table: for an administrator, not for a request of a customer. */
    async rowsByKey({ table, column }: SealedColumn): Promise<RowsByKey[]> {
      const { results } = await database
        .prepare(
          `SELECT substr(${column}, 4, instr(substr(${column}, 4), '.') - 1) AS keyId, count(*) AS rows
           FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY 1`,
        )
        .all<RowsByKey>();
      return results;
    },

    /** The same for password hashes, former ones included, and their pepper. */
    async passwordsByPepper(): Promise<RowsByKey[]> {
      const { results } = await database
        .prepare(
          `SELECT substr(phc, instr(phc, 'keyid=') + 6, 8) AS keyId, count(*) AS rows
           FROM (SELECT phc FROM passwords UNION ALL SELECT phc FROM former_passwords) GROUP BY 1 ORDER BY 1`,
        )
        .all<RowsByKey>();
      return results;
    },
  };
}
export type SealedColumnQueries = ReturnType<typeof sealedColumnQueries>;
