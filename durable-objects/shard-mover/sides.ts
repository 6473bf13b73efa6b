import { HOME, type StoreDatabases } from '#shared/db/store-databases.ts';
import { customerTables } from '#shared/db/store-tables.ts';

/*
 * The two databases between which a shard is moved. Everything written goes as one batch behind a fence: only the run of the
 * mover that took the shard over last may write, so that nothing sent earlier takes effect late.
 */

export interface Write {
  sql: string;
  values?: readonly unknown[];
}
export type Columns = ReadonlyMap<string, readonly string[]>;
type State = 'open' | 'closed' | 'arriving' | 'gone';

/** Another run of the mover has the shard: this one is to end. */
export class OvertakenError extends Error {}

const OVERTAKEN = 'tradepost: another run moves this shard';
/** Nothing else says "no" to a batch in words of ours; `workers/provisioner/store/fence.ts` does the same. */
const FENCE = `SELECT CASE WHEN (SELECT epoch FROM shard_states WHERE shard = ?1) IS NOT ?2
  THEN json_extract('{}', '${OVERTAKEN} ' || ?1) END`;

export class Side {
  readonly name: string;
  readonly #database: D1Database;
  readonly #shard: number;
  readonly #epoch: number;

  constructor(databases: StoreDatabases, name: string, shard: number, epoch: number) {
    const database = databases.get(name);
    if (database === undefined) throw new Error(`${name} is not bound`);
    this.name = name;
    this.#database = database;
    this.#shard = shard;
    this.#epoch = epoch;
  }

  /** From now on writes of earlier runs are refused. What may be done with the shard here stays as it is. */
  async takeOver(): Promise<void> {
    await this.#database
      .prepare(
        `INSERT INTO shard_states (shard, state, updated_at, epoch) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (shard) DO UPDATE SET epoch = MAX(epoch, excluded.epoch)`,
      )
      .bind(this.#shard, this.name === HOME ? 'open' : 'gone', Date.now(), this.#epoch)
      .run();
  }

  async write(writes: readonly Write[]): Promise<D1Result[]> {
    const fence = this.#database.prepare(FENCE).bind(this.#shard, this.#epoch);
    const statements = writes.map(({ sql, values = [] }) => this.#database.prepare(sql).bind(...values));
    try {
      return (await this.#database.batch([fence, ...statements])).slice(1);
    } catch (error) {
      if (error instanceof Error && error.message.includes(OVERTAKEN)) throw new OvertakenError();
      throw error;
    }
  }

  async rows(sql: string, values: readonly unknown[]): Promise<unknown[][]> {
    return await this.#database
      .prepare(sql)
      .bind(...values)
      .raw();
  }

  async first(sql: string, values: readonly unknown[]): Promise<Record<string, unknown> | null> {
    return await this.#database
      .prepare(sql)
      .bind(...values)
      .first();
  }

  async state(): Promise<string> {
    const row = await this.first('SELECT state FROM shard_states WHERE shard = ?', [this.#shard]);
    return String(row?.state);
  }

  /** What may be done with the shard here, from now on. */
  stateSql(state: State): Write {
    return {
      sql: 'UPDATE shard_states SET state = ?2, updated_at = ?3 WHERE shard = ?1',
      values: [this.#shard, state, Date.now()],
    };
  }

  /** Columns of every customer's table, in one order. */
  async columns(): Promise<Columns> {
    const rows = await this.rows(
      `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
       AND m.name IN (SELECT value FROM json_each(?)) ORDER BY m.name, c.name`,
      [JSON.stringify(customerTables.map(({ name }) => name))],
    );
    const byTable = Map.groupBy(rows as [string, string][], ([table]) => table);
    return new Map([...byTable].map(([table, each]) => [table, each.map(([, column]) => column)]));
  }
}
