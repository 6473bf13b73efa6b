/** Where a text stands in a database, as `table.column`: every table and column there is, so that a new one cannot hide. */
export async function tracesIn(database: D1Database, text: string): Promise<string[]> {
  const { results: tables } = await database
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT GLOB '_cf*'`,
    )
    .all<{ name: string }>();
  const found: string[] = [];
  for (const { name } of tables) {
    const { results: rows } = await database.prepare(`SELECT * FROM "${name}"`).all();
    found.push(...tracesOf(name, rows, text));
  }
  return found.toSorted();
}

/** The same in the storage of an object. */
export function tracesInStorage(sql: SqlStorage, text: string): string[] {
  const tables = sql
    .exec<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT GLOB '_cf*'`,
    )
    .toArray();
  return tables.flatMap(({ name }) => tracesOf(name, sql.exec(`SELECT * FROM "${name}"`).toArray(), text));
}

function tracesOf(table: string, rows: readonly Record<string, unknown>[], text: string): string[] {
  const columns = rows.flatMap((row) =>
    Object.entries(row)
      .filter(([, value]) => typeof value === 'string' && value.includes(text))
      .map(([column]) => `${table}.${column}`),
  );
  return [...new Set(columns)];
}

/** All pages of an export, or all steps of an erasure. */
export async function allOf<Page extends { next: string | null }>(
  step: (cursor: string | null) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await step(cursor);
    pages.push(page);
    cursor = page.next;
    if (pages.length > 500) throw new Error('it never ends');
  } while (cursor !== null);
  return pages;
}
