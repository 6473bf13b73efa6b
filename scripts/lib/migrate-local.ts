import './quiet-wrangler.ts';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { type BoundDatabase, boundDatabases, migrate } from './migrate.ts';
import { ALL_WORKERS, configPath, scriptName, type WorkerName } from './workers.ts';

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
 * request, alarm or message can meet a table that is not there yet.
 */
export const migrateFolder = (folder: string): Promise<void> =>
  withDatabases(folder, async ({ binding, migrations }, database) => {
    await migrate(database, migrations);
    if (binding === 'COMMERCE_DB') await database.prepare(EVERYBODY_IS_ONE).run();
  });

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
