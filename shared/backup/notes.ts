import { type DatabaseSchema, list, MIGRATIONS_QUERY, OWN_PREFIX, quoted, type Table } from './schema.ts';

/**
 * While a database is copied page by page, it is written. Triggers that exist for that time note the key of every row that
 * changes; what was noted is read again, at last in one transaction that sees everything at one instant. Pages and what was
 * read again are together the database as it was at that instant.
 */

/** Each run has notes of its own, so that one who comes late from a run before never touches them. */
const notesOf = (run: string): string => `${OWN_PREFIX}s_${run.replaceAll(/\W/g, '')}`;
const EVENTS = ['insert', 'update', 'delete'] as const;
/** Rows read again at once. */
export const CHANGES_MAX = 500;

/** A row that changed, as it is now; null: it is gone. */
export interface Change {
  table: string;
  key: unknown[];
  row: unknown[] | null;
}

export interface Changes {
  changes: Change[];
  /** The newest note that was read. */
  upTo: number;
  /** The database at the instant of this answer, when nothing else is noted; else null. */
  closed: Closing | null;
}
export interface Closing {
  /** Rows of each table. */
  counts: Record<string, number>;
  /** Of tables that number their rows, the last number given. */
  sequences: Record<string, number>;
  /** Where Time Travel finds the same instant; null where there is none. */
  bookmark: string | null;
}

const triggerName = (notes: string, table: string, event: string): string =>
  quoted(`${notes}_${table}_${event}`);
const keyOf = (table: Table, row: 'NEW' | 'OLD'): string =>
  `json_array(${table.key.map((column) => `${row}.${quoted(column)}`).join(', ')})`;

/** Safe to repeat. What an earlier run left is dropped. */
export async function beginNotes(
  database: D1Database,
  run: string,
  { tables }: DatabaseSchema,
): Promise<void> {
  const notes = notesOf(run);
  await dropNotes(database, `${OWN_PREFIX}%`, notes);
  await database.batch([
    database.prepare(
      `CREATE TABLE IF NOT EXISTS ${notes} (seq INTEGER PRIMARY KEY AUTOINCREMENT, of_table TEXT NOT NULL, row_key TEXT NOT NULL)`,
    ),
    ...tables.flatMap((table) => EVENTS.map((event) => database.prepare(trigger(notes, table, event)))),
  ]);
}

function trigger(notes: string, table: Table, event: (typeof EVENTS)[number]): string {
  const note = (row: 'NEW' | 'OLD') =>
    `INSERT INTO ${notes} (of_table, row_key) VALUES ('${table.name}', ${keyOf(table, row)});`;
  const noted = {
    insert: note('NEW'),
    delete: note('OLD'),
    update: note('OLD') + note('NEW'),
  }[event];
  return `CREATE TRIGGER IF NOT EXISTS ${triggerName(notes, table.name, event)} AFTER ${event.toUpperCase()} ON ${quoted(table.name)} BEGIN ${noted} END`;
}

/** Safe to repeat, and where there are none. */
export const endNotes = (database: D1Database, run: string): Promise<void> =>
  dropNotes(database, `${notesOf(run)}%`, null);

/** Drops notes whose name is like `pattern`, but for those of one run. */
async function dropNotes(database: D1Database, pattern: string, but: string | null): Promise<void> {
  const { results } = await database
    .prepare(
      `SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'trigger') AND name LIKE ?1
       AND (?2 IS NULL OR name NOT LIKE ?2 || '%') ORDER BY type DESC`,
    )
    .bind(pattern, but)
    .all<{ name: string; type: string }>();
  if (results.length === 0) return;
  await database.batch(
    results.map(({ name, type }) => database.prepare(`DROP ${type} IF EXISTS ${quoted(name)}`)),
  );
}

/** Forgets notes whose rows were read again and are kept. Later notes of the same rows stay. */
export async function forgetNotes(database: D1Database, run: string, upTo: number): Promise<void> {
  await database
    .prepare(`DELETE FROM ${notesOf(run)} WHERE seq <= ?`)
    .bind(upTo)
    .run();
}

type Row = Record<string, unknown>;

/**
 * Rows noted the longest, as they are now, all at one instant. Null when the schema is no longer the one the run began
 * with: what it copied does not fit together with what comes.
 */
export async function readChanges(
  database: D1Database,
  run: string,
  schema: DatabaseSchema,
): Promise<Changes | null> {
  const notes = notesOf(run);
  const session = database.withSession('first-primary');
  const oldest = `(SELECT seq, of_table, row_key FROM ${notes} ORDER BY seq LIMIT ${CHANGES_MAX})`;
  const { tables } = schema;
  const statements = [
    `SELECT seq, of_table, row_key FROM ${oldest}`,
    `SELECT count(*) AS n FROM ${notes}`,
    MIGRATIONS_QUERY,
    `SELECT name, seq FROM sqlite_sequence WHERE name NOT LIKE '${OWN_PREFIX}%'`,
    ...tables.map((table) => {
      const parts = table.key.map((_, index) => `row_key ->> '$[${index}]'`).join(', ');
      return `SELECT ${list(table.columns)} FROM ${quoted(table.name)}
        WHERE (${list(table.key)}) IN (SELECT ${parts} FROM ${oldest} WHERE of_table = '${table.name}')`;
    }),
    ...tables.map((table) => `SELECT count(*) AS n FROM ${quoted(table.name)}`),
  ];
  const answers = await session.batch<Row>(statements.map((sql) => session.prepare(sql)));
  const rows = (index: number): Row[] => answers[index]?.results ?? [];
  const [noted, waiting, migrations, sequences] = [rows(0), rows(1), rows(2), rows(3)];
  if (migrations.map(({ name }) => name).join() !== schema.migrations.join()) return null;
  const isAll = Number(waiting[0]?.['n']) <= CHANGES_MAX;
  const numbers = (found: Row[], name: string, value: string): Record<string, number> =>
    Object.fromEntries(found.map((row) => [String(row[name]), Number(row[value])]));
  const counted = tables.map((table, index) => ({
    name: table.name,
    n: rows(4 + tables.length + index)[0]?.['n'],
  }));
  return {
    changes: tables.flatMap((table, index) => changesOf(table, noted, rows(4 + index))),
    upTo: Number(noted.at(-1)?.['seq'] ?? 0),
    closed: isAll
      ? {
          counts: numbers(counted, 'name', 'n'),
          sequences: numbers(sequences, 'name', 'seq'),
          bookmark: session.getBookmark(),
        }
      : null,
  };
}

function changesOf(table: Table, noted: readonly Row[], present: readonly Row[]): Change[] {
  const rows = new Map(
    present.map((row) => {
      const values = table.columns.map((column) => plain(table, row[column]));
      return [keyText(table, values), values] as const;
    }),
  );
  const keys = new Set(
    noted
      .filter((note) => note['of_table'] === table.name)
      .map((note) => JSON.stringify(JSON.parse(String(note['row_key'])))),
  );
  return [...keys].map((key) => ({
    table: table.name,
    key: JSON.parse(key) as unknown[],
    row: rows.get(key) ?? null,
  }));
}

/** The key of a row, as text to compare by. */
export const keyText = (table: Table, row: readonly unknown[]): string =>
  JSON.stringify(table.key.map((column) => row[table.columns.indexOf(column)] ?? null));

/** Rows after a key, oldest key first. */
export async function readPage(
  database: D1Database,
  table: Table,
  after: readonly unknown[] | null,
  limit: number,
): Promise<unknown[][]> {
  const key = list(table.key);
  const where = after === null ? '' : `WHERE (${key}) > (${table.key.map(() => '?').join(', ')})`;
  const rows = await database
    .prepare(
      `SELECT ${list(table.columns)} FROM ${quoted(table.name)} ${where} ORDER BY ${key} LIMIT ${limit}`,
    )
    .bind(...(after ?? []))
    .raw();
  return rows.map((row) => row.map((value) => plain(table, value)));
}

/** What JSON carries as it is: no table of ours holds anything else. */
function plain(table: Table, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new Error(`${table.name} holds a value that a backup cannot carry`);
}
