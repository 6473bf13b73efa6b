import { z } from 'zod';
import { type CallContext, callContextSchema } from '#shared/contracts/call.ts';
import { type ObjectMigration, migrateObject } from './migrations.ts';

const valueSchema = z.union([z.string(), z.number(), z.null()]);
export const objectCopySchema = z.strictObject({
  /** Names of the migrations applied, in order. */
  migrations: z.array(z.string()),
  tables: z.array(
    z.strictObject({ name: z.string(), columns: z.array(z.string()), rows: z.array(z.array(valueSchema)) }),
  ),
});
/** All that an object keeps, as at one instant. */
export type ObjectCopy = z.infer<typeof objectCopySchema>;
const pasteInputSchema = z.strictObject({ copy: objectCopySchema, replace: z.boolean() });
export type PasteInput = z.infer<typeof pasteInputSchema>;

/** RPC face of objects that are backed up. */
export interface CopiedFace {
  /** Null: the object keeps nothing; asking creates nothing. */
  copy(call: CallContext): Promise<ObjectCopy | null>;
  /** Safe to repeat. False: it keeps something else, and that is not to be replaced. */
  paste(call: CallContext, input: PasteInput): Promise<boolean>;
}

const TABLES = `SELECT name FROM sqlite_master WHERE type = 'table'
  AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name`;
const MIGRATIONS = '_migrations';

const tablesOf = (sql: SqlStorage): string[] =>
  sql
    .exec<{ name: string }>(TABLES)
    .toArray()
    .map(({ name }) => name);

/**
 * Of tables that could outgrow a copy, which rows are in it: SQL that follows the table's name. A copy goes through memory
 * and one answer of the platform's, 32 MiB.
 */
export type CopyBounds = Readonly<Record<string, string>>;

export function copyObject(
  call: CallContext,
  storage: DurableObjectStorage,
  bounds: CopyBounds = {},
): ObjectCopy | null {
  callContextSchema.parse(call);
  return storage.transactionSync(() => {
    const { sql } = storage;
    const names = tablesOf(sql);
    if (!names.includes(MIGRATIONS)) return null;
    const migrations = sql.exec<{ name: string }>(`SELECT name FROM ${MIGRATIONS} ORDER BY id`).toArray();
    const tables = names
      .filter((name) => name !== MIGRATIONS)
      .map((name) => {
        const cursor = sql.exec(`SELECT * FROM "${name}" ${bounds[name] ?? ''}`);
        return { name, columns: cursor.columnNames, rows: [...cursor.raw()] };
      });
    // Some objects make their tables when they are asked for the first time.
    if (tables.every(({ rows }) => rows.length === 0)) return null;
    return objectCopySchema.parse({ migrations: migrations.map(({ name }) => name), tables });
  });
}

/**
 * Makes the object what a copy says. A copy of an older release is put into the tables it had and migrated from there. What
 * was due rings at once.
 */
export function pasteObject(
  call: CallContext,
  storage: DurableObjectStorage,
  migrations: readonly ObjectMigration[],
  input: PasteInput,
  bounds: CopyBounds = {},
): boolean {
  const { copy, replace } = pasteInputSchema.parse(input);
  const present = copyObject(call, storage, bounds);
  if (present !== null && JSON.stringify(present) === JSON.stringify(copy)) return true;
  if (present !== null && !replace) return false;
  const known = migrations.slice(0, copy.migrations.length).map(({ name }) => name);
  if (known.join() !== copy.migrations.join())
    throw new Error('the copy is of another history of migrations');
  storage.transactionSync(() => {
    const { sql } = storage;
    for (const name of tablesOf(sql)) sql.exec(`DROP TABLE "${name}"`);
    migrateObject(storage, migrations, copy.migrations.length);
    for (const { name, columns, rows } of copy.tables) {
      // Some migrations fill what they make.
      sql.exec(`DELETE FROM "${name}"`);
      const marks = columns.map(() => '?').join(', ');
      const names = columns.map((column) => `"${column}"`).join(', ');
      for (const row of rows) sql.exec(`INSERT INTO "${name}" (${names}) VALUES (${marks})`, ...row);
    }
    migrateObject(storage, migrations);
    if (!tablesOf(sql).includes('_alarms')) return;
    const { at } = sql.exec<{ at: number | null }>('SELECT min(at) AS at FROM _alarms').one();
    if (at !== null) void storage.setAlarm(at);
  });
  return true;
}
