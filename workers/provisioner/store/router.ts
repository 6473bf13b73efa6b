import { SECOND_MS } from '#shared/time/time.ts';
import { shardOf } from '#shared/ids/shard.ts';
import { HOME, type StoreDatabases } from '#shared/db/store-databases.ts';
import type { Directory } from './directory.ts';
import { fenceStatement, refusalIn, type RowName } from './fence.ts';
import { isRead, type Statement } from './routed-database.ts';

/** Whose rows a batch is about. */
export type Whereabouts = { customerId: string } | { row: RowName };

/**
 * A shard that is being handed over is back within moments: repeat. HTTP says 503 with `Retry-After`, queues and Workflows
 * try again.
 */
export class ShardClosedError extends Error {
  readonly overloaded = true;
  readonly retryable = true;

  constructor(shard: number) {
    super(`shard ${shard} is being handed over`);
  }
}

/** Pauses between tries while a shard is closed, in milliseconds. */
const PAUSES_MS = [25, 50, 100, 200, 400, 800, SECOND_MS, SECOND_MS];

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const OWNER_OF: Record<RowName['table'], string> = {
  instances: 'SELECT customer_id AS customerId FROM instances WHERE id = ?',
  operations:
    'SELECT customer_id AS customerId FROM operations JOIN instances ON instances.id = instance_id WHERE operations.id = ?',
  licence_keys:
    'SELECT customer_id AS customerId FROM licence_keys JOIN instances ON instances.id = instance_id WHERE fingerprint = ?',
};

/** Runs batches in the database their shard lies in, and nowhere else. */
export class Router {
  readonly #databases: StoreDatabases;
  readonly #directory: Directory;

  constructor(databases: StoreDatabases, directory: Directory) {
    this.#databases = databases;
    this.#directory = directory;
  }

  async run(where: Whereabouts, statements: readonly Statement[]): Promise<D1Result[]> {
    let [near, row] = 'row' in where ? [where.row.near ?? where.row.id, where.row] : [where.customerId, null];
    const pauses = [...PAUSES_MS];
    for (;;) {
      const shard = shardOf(near);
      const place = this.#directory.placeOf(shard);
      try {
        return await this.#runAt(place, shard, row, statements);
      } catch (error) {
        const refusal = refusalIn(error);
        if (refusal === null) throw error;
        if (refusal === 'row' && row !== null) {
          const customerId = await this.#customerOf(row);
          // It is nowhere: then it would be where its id says, and stays there.
          if (customerId === null) row = null;
          else if (shardOf(customerId) === shard) await this.#wait(pauses, shard);
          else near = customerId;
          continue;
        }
        await this.#directory.readAnew(this.#database(HOME));
        if (this.#directory.placeOf(shard) === place) await this.#wait(pauses, shard);
      }
    }
  }

  async #runAt(
    place: string,
    shard: number,
    row: RowName | null,
    statements: readonly Statement[],
  ): Promise<D1Result[]> {
    const database = this.#database(place);
    const writes = !statements.every(isRead);
    const fence = fenceStatement(database, { shard, isHome: place === HOME, writes, row });
    const results = await database.batch([
      fence,
      ...statements.map(({ sql, values }) => database.prepare(sql).bind(...values)),
    ]);
    return results.slice(1);
  }

  /** Whose a row is that does not lie where its id says: made by an earlier release, or handed on since. */
  async #customerOf({ table, id }: RowName): Promise<string | null> {
    const sql = OWNER_OF[table];
    const found = await Promise.all(
      [...this.#databases.values()].map((database) =>
        database.prepare(sql).bind(id).first<{ customerId: string }>(),
      ),
    );
    return found.find((each) => each !== null)?.customerId ?? null;
  }

  async #wait(pauses: number[], shard: number): Promise<void> {
    const ms = pauses.shift();
    if (ms === undefined) throw new ShardClosedError(shard);
    await pause(ms);
  }

  #database(binding: string): D1Database {
    const database = this.#databases.get(binding);
    if (database === undefined) throw new Error(`a shard lies in ${binding}, which is not bound`);
    return database;
  }
}
