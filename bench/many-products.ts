import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Writes products like the first one there is, into the databases of a stopped system, until there are `count` named
 * `bench-<n>`: into the catalogue and into the lists, with prices, kinds and tags that are spread. The search index is
 * filled apart (`many-documents.ts`).
 */
export async function multiplyProducts(folder: string, count: number): Promise<void> {
  await withDatabase(folder, 'products', (catalogue) => {
    copy(catalogue, {
      table: 'products',
      count,
      replaced: { id: PRODUCT_ID, handle: "'bench-' || i", related: "'[]'" },
    });
    copy(catalogue, {
      table: 'variants',
      count,
      replaced: { id: VARIANT_ID, product_id: PRODUCT_ID, sku: "'BENCH-' || i", position: '0' },
    });
    copy(catalogue, {
      table: 'prices',
      count,
      replaced: { variant_id: VARIANT_ID, currency: "'EUR'", amount: AMOUNT },
    });
  });
  await withDatabase(folder, 'documents', (lists) => {
    const summary = `json_set(s.summary, '$.id', ${PRODUCT_ID}, '$.handle', 'bench-' || i)`;
    const title = "printf('product %08d', (i * 7919) % 1000003)";
    copy(lists, {
      table: 'documents',
      count,
      replaced: { id: PRODUCT_ID, title_key: title, summary, status: "'published'" },
      without: ['number'],
    });
    copy(lists, {
      table: 'document_prices',
      count,
      replaced: { id: PRODUCT_ID, currency: "'EUR'", amount: AMOUNT },
    });
    for (const [label, where] of [
      ["'kind:licence'", 'i % 4 = 0'],
      ["'tag:half'", 'i % 2 = 0'],
      ["'tag:ten'", `i % ${Math.floor(count / 10)} = 0`],
    ] as const)
      copy(lists, { table: 'document_labels', count, replaced: { id: PRODUCT_ID, label }, where });
  });
}

const PRODUCT_ID = "'prod_' || printf('%032x', i)";
const VARIANT_ID = "'var_' || printf('%032x', i)";
const AMOUNT = '100 + (i * 7919) % 100003';

/** Opens the database of a stopped system that has a table. */
export async function withDatabase(
  folder: string,
  table: string,
  write: (database: DatabaseSync) => void | Promise<void>,
): Promise<void> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.sqlite')) continue;
    const database = new DatabaseSync(path.join(folder, name));
    try {
      const known = database
        .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
        .get(table);
      if (known !== undefined) await write(database);
    } finally {
      database.close();
    }
  }
}

interface Copy {
  table: string;
  count: number;
  /** Column → expression of `i`, the number of the copy, and of `s`, the row that is copied. */
  replaced: Record<string, string>;
  without?: string[];
  where?: string;
}

function copy(database: DatabaseSync, { table, count, replaced, without = [], where = 'true' }: Copy): void {
  const columns = database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map((row) => String(row['name']))
    .filter((name) => !without.includes(name));
  const values = columns.map((name) => replaced[name] ?? `s."${name}"`);
  database.exec(
    `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(', ')})
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     SELECT ${values.join(', ')} FROM (SELECT * FROM "${table}" ORDER BY 1 LIMIT 1) AS s CROSS JOIN n WHERE ${where}`,
  );
}
