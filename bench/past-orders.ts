import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What identifies one real order in the databases of a stopped system. */
export interface Template {
  orderId: string;
  lineId: string;
  instanceId: string;
}

interface Column {
  name: string;
  type: string;
  pk: number;
}

/**
 * Multiplies one order that was really made: wherever a database of the workers, or an object that many orders share
 * (stock, buyer, directory), holds a row that names it, `count` more rows are written that name orders of their own. All
 * of them are of the same customer and SKU, the worst case for every index. Not multiplied: the objects of the orders
 * themselves, which sleep in files of their own and know nothing of each other, and the payment service's stand-in, which
 * is no part of the shop. Answers the rows written, by table.
 */
export function multiplyOrder(folder: string, template: Template, count: number): Record<string, number> {
  const written: Record<string, number> = {};
  for (const file of sharedFiles(folder)) {
    const database = new DatabaseSync(file);
    try {
      const tables = namesOf(database);
      if (tables.includes('order_document')) continue;
      for (const table of tables) {
        const rows = multiply(database, table, template, count);
        if (rows > 0) written[table] = (written[table] ?? 0) + rows;
      }
    } finally {
      database.close();
    }
  }
  return written;
}

const sharedFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sqlite') && !/sandbox|workflow/i.test(name))
    .map((name) => path.join(folder, name));

const namesOf = (database: DatabaseSync): string[] =>
  database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL")
    .all()
    .map((row) => String(row['name']))
    .filter((name) => !/^(_|sqlite_|d1_)/.test(name));

function multiply(database: DatabaseSync, table: string, template: Template, count: number): number {
  const columns = database
    .prepare('SELECT name, type, pk FROM pragma_table_info(?)')
    .all(table) as unknown as Column[];
  const texts = columns.filter(({ type }) => type === 'TEXT');
  const ids = [template.orderId, template.lineId, template.instanceId].map((id) =>
    id.slice(id.indexOf('_') + 1),
  );
  const match = texts.flatMap(({ name }) => ids.map((id) => `instr(s."${name}", '${id}') > 0`)).join(' OR ');
  if (match === '') return 0;
  const unique = uniqueColumns(database, table);
  const copied = columns.filter(
    ({ type, pk }) => !(pk > 0 && type === 'INTEGER' && columnsInKey(columns) === 1),
  );
  const values = copied.map(({ name, type }) => {
    if (type !== 'TEXT') return `s."${name}"`;
    const renamed = ids.reduce((inner, id) => `replace(${inner}, '${id}', ${numbered(id)})`, `s."${name}"`);
    // What must be unique and names no order gets the number behind it.
    return unique.has(name)
      ? `CASE WHEN ${renamed} = s."${name}" THEN s."${name}" || '-' || i ELSE ${renamed} END`
      : renamed;
  });
  const names = copied.map(({ name }) => `"${name}"`).join(', ');
  const insert = database.prepare(
    `INSERT OR IGNORE INTO "${table}" (${names})
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     SELECT ${values.join(', ')} FROM "${table}" AS s CROSS JOIN n WHERE ${match}`,
  );
  return Number(insert.run().changes);
}

const columnsInKey = (columns: readonly Column[]): number => columns.filter(({ pk }) => pk > 0).length;
/** The same id with its last digits counted up: sorted and spread as ids of that time are. */
const numbered = (id: string): string => `'${id.slice(0, 20)}' || printf('%012x', i)`;

/** Text columns that alone are a key. */
function uniqueColumns(database: DatabaseSync, table: string): Set<string> {
  const single = database
    .prepare(
      `SELECT info.name FROM pragma_index_list(?) AS list JOIN pragma_index_info(list.name) AS info
       WHERE list."unique" = 1 GROUP BY list.name HAVING count(*) = 1`,
    )
    .all(table)
    .map((row) => String(row['name']));
  return new Set(single);
}
