import './quiet-wrangler.ts';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { type BoundDatabase, boundDatabases, migrate, migrationFiles } from './migrate.ts';
import { ALL_WORKERS, configPath, ROOT, scriptName, STATE_FOLDER, type WorkerName } from './workers.ts';

/**
 * On a laptop everybody pays with the same few test cards, and a demonstration places more orders an hour than a person:
 * the rules that count orders find what they find, but it weighs next to nothing. Only as they were shipped.
 */
const EVERYBODY_IS_ONE = `UPDATE fraud_rules SET score = 1
  WHERE version = 1 AND written_by = '' AND condition ->> 'kind' = 'velocity'`;

type Databases = Record<string, { id: string }>;

/** The databases of a worker as the local runtime names them. */
const databasesOf = (worker: WorkerName): Databases =>
  (unstable_getMiniflareWorkerOptions(configPath(worker)).workerOptions as { d1Databases?: Databases })
    .d1Databases ?? {};

/**
 * Migrates the databases kept in a folder, in a runtime of its own that answers nobody: when the system starts, no
 * request, alarm or message can meet a table that is not there yet. A folder without databases gets a copy of migrated ones.
 */
export async function migrateFolder(folder: string): Promise<void> {
  if (existsSync(folder) && readdirSync(folder).length > 0) return migrateIn(folder);
  const migrated = await migratedDatabases();
  mkdirSync(path.dirname(folder), { recursive: true });
  // Whole or not at all, for whoever ends us meanwhile.
  const copy = mkdtempSync(`${folder}-`);
  cpSync(migrated, copy, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(copy, folder);
}

const migrateIn = (folder: string): Promise<void> =>
  withDatabases(folder, async ({ binding, migrations }, database) => {
    await migrate(database, migrations);
    if (binding === 'COMMERCE_DB') await database.prepare(EVERYBODY_IS_ONE).run();
  });

/** A folder with databases that are migrated and hold nothing else; made once for these migrations and kept for the next. */
async function migratedDatabases(): Promise<string> {
  const all = ALL_WORKERS.flatMap(boundDatabases);
  const hash = createHash('sha256').update(readFileSync(path.join(ROOT, 'package-lock.json')));
  hash.update(EVERYBODY_IS_ONE).update(JSON.stringify(ALL_WORKERS.map(databasesOf)));
  for (const { worker, binding, migrations } of all) {
    hash.update(`\0${worker} ${binding}`);
    for (const name of migrationFiles(migrations))
      hash.update(`\0${name}\0`).update(readFileSync(path.join(migrations, name)));
  }
  const kept = path.join(STATE_FOLDER, `databases-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(kept)) return kept;
  mkdirSync(STATE_FOLDER, { recursive: true });
  const made = mkdtempSync(path.join(STATE_FOLDER, 'making-'));
  await migrateIn(made);
  try {
    renameSync(made, kept);
  } catch (error) {
    // Somebody else was quicker.
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(kept)) throw error;
  }
  return kept;
}

/** Runs `act` on each database kept in a folder, while nothing else uses it. */
export async function withDatabases(
  folder: string,
  act: (bound: BoundDatabase, database: D1Database) => Promise<void>,
): Promise<void> {
  const runtime = new Miniflare({
    ...convertV4MiniflareOptions({
      cf: false,
      log: new Log(LogLevel.ERROR),
      workers: ALL_WORKERS.map((worker) => ({
        name: scriptName(worker),
        modules: [{ type: 'ESModule' as const, path: 'none.js', contents: 'export default {};' }],
        d1Databases: databasesOf(worker),
      })),
    }),
    resourcePersistencePath: folder,
  });
  try {
    for (const bound of ALL_WORKERS.flatMap(boundDatabases)) {
      await act(bound, await runtime.getD1Database(bound.binding, scriptName(bound.worker)));
    }
  } finally {
    await runtime.dispose();
  }
}
