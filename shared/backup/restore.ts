import { z } from 'zod';
import { type Change, keyText } from './notes.ts';
import { type DatabaseSchema, list, quoted, readSchema, type Table } from './schema.ts';
import { type Manifest, type Page, Shelf } from './shelf.ts';
import type { Backups, DatabaseSource, ObjectsSource, Source } from './sources.ts';

const PAGES_A_STEP = 8;
const DELETED_AT_ONCE = 5_000;
/** UTF-16 units of the JSON of rows written at once: D1 takes values of up to 2 MB. */
const WRITTEN_AT_ONCE = 500_000;

/** Where a restore has got to. */
export const positionSchema = z.strictObject({
  phase: z.enum(['clear', 'load', 'relate', 'finish', 'settle']),
  /** Index of a table, counted from the end while clearing, of a page, or of a part. */
  index: z.int().min(0),
});
export type Position = z.infer<typeof positionSchema>;
export const BEGINNING: Position = { phase: 'clear', index: 0 };

export type RestoreRefusal =
  | { code: 'unknown_backup' }
  | { code: 'not_empty'; what: string }
  | { code: 'other_schema'; expected: string[]; found: string[] }
  | { code: 'incomplete'; what: string };
export type Restored = { next: Position | null; rows: number } | RestoreRefusal;

/**
 * One bounded step of putting a backup back; repeat with `next` until it is null. Each step is safe to repeat. The
 * database must have the migrations of the backup and hold nothing but what they put there, unless `replace`.
 */
export async function restore(
  backups: Backups,
  wanted: { source: string; id: string; replace: boolean; at: Position },
): Promise<Restored> {
  const source = backups.sources.find(({ name }) => name === wanted.source);
  const shelf = new Shelf(backups.bucket, backups.ring);
  const manifest = source === undefined ? null : await shelf.readManifest(wanted);
  if (source === undefined || manifest === null) return { code: 'unknown_backup' };
  if (wanted.at.phase === 'settle') return settle(source, manifest, wanted.at);
  if (source.kind === 'objects') return restoreObjects(source, shelf, manifest, wanted);
  const { schema } = manifest;
  if (schema === null) return { code: 'unknown_backup' };
  switch (wanted.at.phase) {
    case 'clear':
      return clear(source, schema, wanted);
    case 'load':
    case 'relate':
      return load(source, shelf, { ...manifest, schema }, wanted.at);
    case 'finish':
      return finish(source, { ...manifest, schema });
  }
}

async function restoreObjects(
  source: ObjectsSource,
  shelf: Shelf,
  manifest: Manifest,
  { at, replace }: { at: Position; replace: boolean },
): Promise<Restored> {
  const page = manifest.pages[at.index];
  if (page === undefined) return loaded(source, manifest);
  const items = await shelf.readPage(page);
  for (const item of items) {
    if (!(await source.restore(item, replace))) return { code: 'not_empty', what: source.name };
  }
  return { next: { phase: 'load', index: at.index + 1 }, rows: items.length };
}

async function clear(
  { database, seeded }: DatabaseSource,
  schema: DatabaseSchema,
  { at, replace }: { at: Position; replace: boolean },
): Promise<Restored> {
  const present = await readSchema(database);
  if (present.migrations.join() !== schema.migrations.join()) {
    return { code: 'other_schema', expected: schema.migrations, found: present.migrations };
  }
  if (at.index === 0) {
    const inUse = replace ? null : await tableInUse(database, schema.tables, seeded);
    if (inUse !== null) return { code: 'not_empty', what: inUse };
    const drops = Object.keys(present.triggers).map((name) =>
      database.prepare(`DROP TRIGGER IF EXISTS ${quoted(name)}`),
    );
    if (drops.length > 0) await database.batch(drops);
  }
  const table = schema.tables.toReversed()[at.index];
  if (table === undefined) return { next: { phase: 'load', index: 0 }, rows: 0 };
  for (const column of table.selfReferences.map(quoted)) {
    await database
      .prepare(`UPDATE ${quoted(table.name)} SET ${column} = NULL WHERE ${column} IS NOT NULL`)
      .run();
  }
  const key = list(table.key);
  const { results } = await database
    .prepare(
      `DELETE FROM ${quoted(table.name)} WHERE (${key}) IN
       (SELECT ${key} FROM ${quoted(table.name)} LIMIT ${DELETED_AT_ONCE}) RETURNING 1`,
    )
    .all();
  const isClear = results.length < DELETED_AT_ONCE;
  return { next: { phase: 'clear', index: isClear ? at.index + 1 : at.index }, rows: 0 };
}

async function tableInUse(
  database: D1Database,
  tables: readonly Table[],
  seeded: readonly string[],
): Promise<string | null> {
  const asked = tables.filter(({ name }) => !seeded.includes(name));
  const answers = await database.batch<{ used: number }>(
    asked.map(({ name }) => database.prepare(`SELECT EXISTS (SELECT 1 FROM ${quoted(name)}) AS used`)),
  );
  return asked.find((_, index) => answers[index]?.results[0]?.used === 1)?.name ?? null;
}

type DatabaseManifest = Manifest & { schema: DatabaseSchema };

/**
 * Loads pages without the rows that changed during the run, then those as they were at its end. Rows that refer to others
 * of their table are loaded without, and a second time (`relate`) as they are.
 */
async function load(
  { database }: DatabaseSource,
  shelf: Shelf,
  manifest: DatabaseManifest,
  at: Position,
): Promise<Restored> {
  const changed = await changedRows(shelf, manifest);
  const { tables } = manifest.schema;
  const isRelating = at.phase === 'relate';
  // Table by table, parents first; what changed in a table comes after its pages.
  const work = tables
    .filter(({ selfReferences }) => !isRelating || selfReferences.length > 0)
    .flatMap((table): { table: Table; page: Page | null }[] => [
      ...manifest.pages.filter((page) => page.table === table.name).map((page) => ({ table, page })),
      { table, page: null },
    ]);
  let rows = 0;
  const part = work.slice(at.index, at.index + PAGES_A_STEP);
  for (const { table, page } of part) {
    const ofTable = changed.get(table.name) ?? new Map<string, unknown[] | null>();
    const found =
      page === null
        ? [...ofTable.values()].filter((row) => row !== null)
        : (await shelf.readPage(page))
            .map((row) => z.array(z.unknown()).parse(row))
            .filter((row) => !ofTable.has(keyText(table, row)));
    await write(database, table, isRelating ? found : found.map((row) => unrelated(table, row)));
    rows += found.length;
  }
  if (at.index + part.length < work.length) {
    return { next: { phase: at.phase, index: at.index + part.length }, rows };
  }
  return { next: { phase: isRelating ? 'finish' : 'relate', index: 0 }, rows };
}

/** By table and key; null: gone. The last change counts. */
async function changedRows(
  shelf: Shelf,
  { pages }: Manifest,
): Promise<Map<string, Map<string, unknown[] | null>>> {
  const changed = new Map<string, Map<string, unknown[] | null>>();
  for (const page of pages.filter(({ table }) => table === null)) {
    for (const { table, key, row } of (await shelf.readPage(page)) as Change[]) {
      const ofTable = changed.get(table) ?? new Map<string, unknown[] | null>();
      changed.set(table, ofTable.set(JSON.stringify(key), row));
    }
  }
  return changed;
}

const unrelated = ({ columns, selfReferences }: Table, row: unknown[]): unknown[] =>
  selfReferences.length === 0
    ? row
    : row.map((value, index) => (selfReferences.includes(columns[index] ?? '') ? null : value));

async function write(database: D1Database, table: Table, rows: readonly unknown[][]): Promise<void> {
  const values = table.columns.map((_, index) => `value ->> '$[${index}]'`).join(', ');
  const others = table.columns.filter((column) => !table.key.includes(column));
  const onConflict =
    others.length === 0
      ? 'NOTHING'
      : `UPDATE SET ${others.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ')}`;
  const statement = database.prepare(
    `INSERT INTO ${quoted(table.name)} (${list(table.columns)}) SELECT ${values} FROM json_each(?) WHERE true
     ON CONFLICT (${list(table.key)}) DO ${onConflict}`,
  );
  for (const part of parts(rows)) await statement.bind(part).run();
}

/** JSON arrays of rows, none larger than D1 takes. */
function* parts(rows: readonly unknown[][]): Generator<string> {
  let part: string[] = [];
  let length = 0;
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (part.length > 0 && length + text.length > WRITTEN_AT_ONCE) {
      yield `[${part.join()}]`;
      part = [];
      length = 0;
    }
    part.push(text);
    length += text.length;
  }
  if (part.length > 0) yield `[${part.join()}]`;
}

/** Triggers and numbering as they were; then as many rows as were counted in the instant of the backup, or a refusal. */
async function finish(source: DatabaseSource, manifest: DatabaseManifest): Promise<Restored> {
  const { database } = source;
  const { schema, counts, sequences } = manifest;
  const present = await readSchema(database);
  const missing = Object.entries(schema.triggers).filter(([name]) => !(name in present.triggers));
  const statements = [
    ...Object.entries(sequences).map(([name, last]) =>
      database.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?').bind(last, name),
    ),
    ...missing.map(([, sql]) => database.prepare(sql)),
  ];
  if (statements.length > 0) await database.batch(statements);
  const answers = await database.batch<{ n: number }>(
    schema.tables.map(({ name }) => database.prepare(`SELECT count(*) AS n FROM ${quoted(name)}`)),
  );
  const wrong = schema.tables.find(({ name }, index) => answers[index]?.results[0]?.n !== counts[name]);
  if (wrong !== undefined) return { code: 'incomplete', what: wrong.name };
  return loaded(source, manifest);
}

/** All of it is there. */
const loaded = (source: Source, manifest: Manifest): Restored => ({
  next: source.settle === undefined ? null : { phase: 'settle', index: 0 },
  rows: rowsOf(manifest),
});

async function settle(source: Source, manifest: Manifest, { index }: Position): Promise<Restored> {
  const isDone = (await source.settle?.()) ?? true;
  return { next: isDone ? null : { phase: 'settle', index: index + 1 }, rows: rowsOf(manifest) };
}

const rowsOf = ({ counts }: Manifest): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
