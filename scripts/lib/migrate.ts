import './quiet-wrangler.ts';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { unstable_splitSqlQuery } from 'wrangler';
import { readConfig } from './config.ts';
import { configPath, type WorkerName } from './workers.ts';

/** The part of a D1 binding used here; Miniflare hands out one that works from Node. */
export interface Database {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}
interface Statement {
  bind(...values: string[]): Statement;
  all<Row>(): Promise<{ results: Row[] }>;
  run(): Promise<unknown>;
}

// Same table as `wrangler d1 migrations apply` keeps, so that both ways of migrating agree.
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

export interface BoundDatabase {
  worker: WorkerName;
  binding: string;
  name: string;
  /** Absolute folder of its migrations. */
  migrations: string;
}

/** Every D1 database the configuration of a worker binds. */
export function boundDatabases(worker: WorkerName): BoundDatabase[] {
  const file = configPath(worker);
  return readConfig(worker).d1_databases.map((database) => ({
    worker,
    binding: database.binding,
    name: database.database_name ?? database.binding,
    migrations: path.resolve(path.dirname(file), database.migrations_dir ?? 'migrations'),
  }));
}

export const migrationFiles = (folder: string): string[] =>
  (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.sql')).sort();

/** Applies what is not applied yet, each migration with its record in one batch. Returns the names applied. */
export async function migrate(database: Database, folder: string): Promise<string[]> {
  await database.prepare(MIGRATIONS_TABLE).run();
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const wanted = migrationFiles(folder).filter((name) => !applied.has(name));
  for (const name of wanted) {
    const statements = unstable_splitSqlQuery(readFileSync(path.join(folder, name), 'utf8'));
    await database.batch([
      ...statements.map((sql) => database.prepare(sql)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
  }
  return wanted;
}
