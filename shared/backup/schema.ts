import { z } from 'zod';

const tableSchema = z.strictObject({
  name: z.string(),
  columns: z.array(z.string()),
  /** Columns of the primary key, in its order. */
  key: z.array(z.string()).min(1),
  /** Columns that name other rows of the same table. */
  selfReferences: z.array(z.string()),
});
export type Table = z.infer<typeof tableSchema>;

export const databaseSchemaSchema = z.strictObject({
  /** What tables refer to stands before them. */
  tables: z.array(tableSchema),
  /** Statements that make the triggers, by name. */
  triggers: z.record(z.string(), z.string()),
  /** Names of the migrations applied, in order. */
  migrations: z.array(z.string()),
});
export type DatabaseSchema = z.infer<typeof databaseSchemaSchema>;

/** What a run keeps in the database while it is under way begins so. */
export const OWN_PREFIX = 'backup_note';

/** A name in SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** Names in SQL, with commas between. */
export const list = (names: readonly string[]): string => names.map(quoted).join(', ');

export const MIGRATIONS_QUERY = 'SELECT name FROM d1_migrations ORDER BY name';

type Found = { type: string; name: string; sql: string | null };
type Column = { name: string; pk: number };
type Reference = { table: string; from: string };

/** Reads what tables, keys, references and triggers a database has. Throws at a table without a primary key. */
export async function readSchema(database: D1Database): Promise<DatabaseSchema> {
  const [found, migrations] = await database.batch<Found>([
    database.prepare(
      `SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'trigger')
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
       AND name <> 'd1_migrations' AND name NOT LIKE '${OWN_PREFIX}%' ORDER BY name`,
    ),
    database.prepare(MIGRATIONS_QUERY),
  ]);
  const all = found?.results ?? [];
  const names = all.filter(({ type }) => type === 'table').map(({ name }) => name);
  const answers = await database.batch<Column & Reference>([
    ...names.map((name) => database.prepare(`PRAGMA table_info(${quoted(name)})`)),
    ...names.map((name) => database.prepare(`PRAGMA foreign_key_list(${quoted(name)})`)),
  ]);
  const described = names.map((name, index) => {
    const columns = answers[index]?.results ?? [];
    const references = answers[names.length + index]?.results ?? [];
    const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    if (key.length === 0) throw new Error(`${name} has no primary key: it cannot be read in pages`);
    return {
      parents: references.map(({ table }) => table).filter((parent) => parent !== name),
      table: {
        name,
        columns: columns.map((column) => column.name),
        key: key.map((column) => column.name),
        selfReferences: references.filter(({ table }) => table === name).map(({ from }) => from),
      },
    };
  });
  return {
    tables: parentsFirst(described),
    triggers: Object.fromEntries(
      all.filter(({ type }) => type === 'trigger').map(({ name, sql }) => [name, sql ?? '']),
    ),
    migrations: (migrations?.results ?? []).map(({ name }) => name),
  };
}

function parentsFirst(all: { table: Table; parents: string[] }[]): Table[] {
  const ordered: Table[] = [];
  const placed = new Set<string>();
  while (ordered.length < all.length) {
    const ready = all.filter(
      ({ table, parents }) => !placed.has(table.name) && parents.every((parent) => placed.has(parent)),
    );
    if (ready.length === 0) throw new Error('tables refer to each other in a circle');
    for (const { table } of ready) {
      ordered.push(table);
      placed.add(table.name);
    }
  }
  return ordered;
}
