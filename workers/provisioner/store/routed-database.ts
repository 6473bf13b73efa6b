/** One statement with its values, before it is known which database it goes to. */
export interface Statement {
  sql: string;
  values: readonly unknown[];
}

/** Runs statements as one batch, wherever that is. */
export type RunBatch = (statements: readonly Statement[]) => Promise<D1Result[]>;

/** Only reads may be answered while a shard is about to leave. */
export const isRead = ({ sql }: Statement): boolean => /^\s*SELECT\b/i.test(sql);

/** What queries take for a database: where it lies is found when a batch runs. */
export function routedDatabase(run: RunBatch): D1Database {
  const database = {
    prepare: (sql: string) => new RoutedStatement(run, { sql, values: [] }),
    batch: (statements: RoutedStatement[]) => run(statements.map(({ statement }) => statement)),
    exec: () => Promise.reject(new Error('a routed database runs prepared statements alone')),
    dump: () => Promise.reject(new Error('a routed database is not dumped')),
    withSession: () => {
      throw new Error('sessions are chosen where stores are made');
    },
  };
  return database as unknown as D1Database;
}

class RoutedStatement {
  readonly #run: RunBatch;
  readonly statement: Statement;

  constructor(run: RunBatch, statement: Statement) {
    this.#run = run;
    this.statement = statement;
  }

  bind(...values: unknown[]): RoutedStatement {
    return new RoutedStatement(this.#run, { sql: this.statement.sql, values });
  }

  async #result(statement: Statement): Promise<D1Result<Record<string, unknown>>> {
    const [result] = await this.#run([statement]);
    if (result === undefined) throw new Error('a statement has one result');
    return result as D1Result<Record<string, unknown>>;
  }

  run(): Promise<D1Result> {
    return this.#result(this.statement);
  }

  all(): Promise<D1Result> {
    return this.#result(this.statement);
  }

  async first(column?: string): Promise<unknown> {
    const row = (await this.#result(this.statement)).results[0];
    if (row === undefined) return null;
    return column === undefined ? row : row[column];
  }

  /** A batch answers with objects: around a `SELECT` columns of one name get names of their own. */
  async raw(): Promise<unknown[][]> {
    const { sql, values } = this.statement;
    const statement = isRead(this.statement) ? { sql: `SELECT * FROM (${sql})`, values } : this.statement;
    return (await this.#result(statement)).results.map((row) => Object.values(row));
  }
}
