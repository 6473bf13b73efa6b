import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { ROOT } from '../lib/workers.ts';

/** What of D1 the search index uses, over a SQLite database of this process: for measuring without a runtime. */
export function sqliteD1(database: DatabaseSync): D1Database {
  const prepare = (sql: string) => new Statement(database, sql);
  const d1 = {
    prepare,
    async batch(statements: readonly Statement[]) {
      database.exec('BEGIN');
      try {
        const results = statements.map((statement) => statement.execute());
        database.exec('COMMIT');
        return results;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    withSession: () => d1,
  };
  return d1 as unknown as D1Database;
}

/** A database in memory with the migrations of one folder. */
export function migrated(folder: string): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  const migrations = path.join(ROOT, 'migrations', folder);
  for (const name of readdirSync(migrations).sort())
    database.exec(readFileSync(path.join(migrations, name), 'utf8'));
  return database;
}

class Statement {
  readonly #database: DatabaseSync;
  readonly #sql: string;
  readonly #values: readonly SQLInputValue[];

  constructor(database: DatabaseSync, sql: string, values: readonly SQLInputValue[] = []) {
    this.#database = database;
    this.#sql = sql;
    this.#values = values;
  }

  bind(...values: SQLInputValue[]): Statement {
    return new Statement(this.#database, this.#sql, values);
  }

  execute(): { results: unknown[]; meta: { changes: number } } {
    const statement = this.#database.prepare(this.#sql);
    // Numbered parameters have names for this driver, `?1` and so on.
    const named = [...new Set(this.#sql.match(/\?\d+/g))].map(
      (name) => [name, this.#values[Number(name.slice(1)) - 1] ?? null] as const,
    );
    const isRead = /^\s*SELECT|RETURNING/i.test(this.#sql);
    const run = isRead ? statement.all.bind(statement) : statement.run.bind(statement);
    const result = named.length > 0 ? run(Object.fromEntries(named)) : run(...this.#values);
    return Array.isArray(result)
      ? { results: result, meta: { changes: 0 } }
      : { results: [], meta: { changes: Number(result.changes) } };
  }

  async all(): Promise<{ results: unknown[] }> {
    return this.execute();
  }
  async run(): Promise<{ meta: { changes: number } }> {
    return this.execute();
  }
  async first(): Promise<unknown> {
    return this.execute().results[0] ?? null;
  }
}
