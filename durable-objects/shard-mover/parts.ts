import { type CustomerTable, customerTables } from '#shared/db/store-tables.ts';

/*
 * How the rows of one shard are found, as SQL over one table. Row values are always listed as `columns` are, so that rows
 * of two databases compare.
 */

/** A table, or those of its rows that came before their instance. The instances come last: others are found by them. */
export interface Part {
  table: CustomerTable;
  isEarly: boolean;
  /** Columns by which its rows are paged. */
  order: readonly string[];
}

export const PARTS: readonly Part[] = customerTables
  .toSorted((a, b) => Number(a.name === 'instances') - Number(b.name === 'instances'))
  .flatMap((table) => {
    const order = [...new Set(table.owner === 'instance_id' ? ['instance_id', ...table.key] : table.key)];
    const part = { table, isEarly: false, order };
    return table.early === true ? [part, { ...part, isEarly: true }] : [part];
  });

const list = (columns: readonly string[], row = 'r'): string =>
  columns.map((column) => `${row}.${column}`).join(', ');

/** The label of the shard that a row belongs to: `row` is its alias, or `NEW`, `OLD` in a trigger. */
export const labelOfRow = ({ owner }: CustomerTable, row: string): string =>
  owner === 'customer_id'
    ? `substr(${row}.customer_id, -2)`
    : `COALESCE((SELECT substr(customer_id, -2) FROM instances WHERE id = ${row}.instance_id), substr(${row}.instance_id, -2))`;

/** `?1`: the label. With `after`: rows behind the position in `?2`, `?3` and so on. */
function rowsOf({ table, isEarly, order }: Part, after: boolean): string {
  const behind = after
    ? ` AND (${list(order)}) > (${order.map((_, index) => `?${index + 2}`).join(', ')})`
    : '';
  const { name, owner } = table;
  if (owner === 'customer_id') return `FROM ${name} r WHERE substr(r.customer_id, -2) = ?1${behind}`;
  if (isEarly) {
    return `FROM ${name} r WHERE substr(r.instance_id, -2) = ?1${behind}
      AND NOT EXISTS (SELECT 1 FROM instances i WHERE i.id = r.instance_id)`;
  }
  const from = after ? ' AND i.id >= ?2' : '';
  return `FROM instances i CROSS JOIN ${name} r ON r.instance_id = i.id WHERE substr(i.customer_id, -2) = ?1${from}${behind}`;
}

/** A page in order; its limit is the last value. */
export const pageSql = (part: Part, columns: readonly string[], after: boolean): string =>
  `SELECT ${list(columns)} ${rowsOf(part, after)} ORDER BY ${list(part.order)} LIMIT ?${after ? part.order.length + 2 : 2}`;

/** Rows between a position and another, that included: `?2`… after, then up to. */
export function rangeSql(part: Part, columns: readonly string[], after: boolean, upTo: boolean): string {
  const first = after ? part.order.length + 2 : 2;
  const until = upTo
    ? ` AND (${list(part.order)}) <= (${part.order.map((_, index) => `?${first + index}`).join(', ')})`
    : '';
  return `SELECT ${list(columns)} ${rowsOf(part, after)}${until} ORDER BY ${list(part.order)}`;
}

/** Deletes up to `?2` rows of the shard. */
export function sweepSql(part: Part): string {
  const key = part.table.key;
  return `DELETE FROM ${part.table.name} WHERE (${key.join(', ')}) IN (SELECT ${list(key)} ${rowsOf(part, false)} LIMIT ?2)`;
}

/** How many rows, and a sum over every value: of numbers themselves, of texts their lengths and first and last letters. */
export const checksumSql = (part: Part, columns: readonly string[]): string =>
  `SELECT COUNT(*) AS "rows", ${columns
    .map(
      (column, index) =>
        `COALESCE(SUM(CASE typeof(r.${column}) WHEN 'integer' THEN r.${column} % 1000003 WHEN 'text'
          THEN length(r.${column}) * 7 + unicode(r.${column}) * 31 + unicode(substr(r.${column}, -1)) WHEN 'null' THEN 1
          ELSE length(CAST(r.${column} AS TEXT)) END), 0) AS c${index}`,
    )
    .join(', ')} ${rowsOf(part, false)}`;

const joinOnKey = (key: readonly string[]): string =>
  key.map((column, index) => `r.${column} = k.value ->> '$[${index}]'`).join(' AND ');

/** Rows of the shard `?1` whose keys are in the JSON list `?2`. */
export const rowsByKeySql = (table: CustomerTable, columns: readonly string[]): string =>
  `SELECT ${list(columns)} FROM json_each(?2) k CROSS JOIN ${table.name} r ON ${joinOnKey(table.key)}
   WHERE ${labelOfRow(table, 'r')} = ?1`;

/** Deletes the rows whose keys are in the JSON list `?1`. */
export const deleteByKeySql = ({ name, key }: CustomerTable): string =>
  `DELETE FROM ${name} WHERE (${key.join(', ')}) IN
   (SELECT ${key.map((_, index) => `value ->> '$[${index}]'`).join(', ')} FROM json_each(?1))`;

/** Writes the rows of the JSON list `?1`, in the place of those with the same key. */
export const putSql = ({ name }: CustomerTable, columns: readonly string[]): string =>
  `INSERT OR REPLACE INTO ${name} (${columns.join(', ')})
   SELECT ${columns.map((_, index) => `value ->> '$[${index}]'`).join(', ')} FROM json_each(?1)`;

const TRIGGER = 'shard_capture';
const EVENTS = [
  { event: 'INSERT', rows: ['NEW'] },
  { event: 'UPDATE', rows: ['NEW', 'OLD'] },
  { event: 'DELETE', rows: ['OLD'] },
] as const;

/**
 * Triggers that write the keys of changed rows of one shard into `shard_changes`. Deletions are written of all shards: a
 * row whose instance went first does not know its own any more.
 */
export const captureSql = (label: string): string[] =>
  customerTables.flatMap((table) =>
    EVENTS.map(({ event, rows }) => {
      const isOfShard = rows.map((row) => `${labelOfRow(table, row)} = '${label}'`).join(' OR ');
      const when = event === 'DELETE' ? '' : ` WHEN ${isOfShard}`;
      const inserts = rows.map(
        (row) =>
          `INSERT INTO shard_changes (table_name, row_key) VALUES ('${table.name}', json_array(${list(table.key, row)}));`,
      );
      return `CREATE TRIGGER ${TRIGGER}_${table.name}_${event.toLowerCase()} AFTER ${event} ON ${table.name}${when}
        BEGIN ${inserts.join(' ')} END`;
    }),
  );

export const dropCaptureSql = (): string[] =>
  customerTables.flatMap(({ name }) =>
    EVENTS.map(({ event }) => `DROP TRIGGER IF EXISTS ${TRIGGER}_${name}_${event.toLowerCase()}`),
  );
