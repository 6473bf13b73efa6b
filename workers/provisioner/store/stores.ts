import { HOME, type StoreDatabases } from '#shared/db/store-databases.ts';
import { labelOf, SHARD_COUNT } from '#shared/ids/shard.ts';
import { productStore, type ProductStore } from '../queries/store.ts';
import type { Directory } from './directory.ts';
import { routedDatabase } from './routed-database.ts';
import { Router, ShardClosedError, type Whereabouts } from './router.ts';

/**
 * The one way to what customers own. A customer's rows lie together in one logical shard, each shard in one of several
 * databases; where, is found when a query runs. Queries are functions over the database they are given and know nothing of
 * this.
 */
export interface Stores {
  /** Where this customer's rows lie. */
  ofCustomer(customerId: string): ProductStore;
  /** Where this instance lies; where it would lie, if there is none. */
  ofInstance(instanceId: string): ProductStore;
  ofOperation(operationId: string): ProductStore;
  /** By the SHA-256 of a licence key; `near`: ends in its shard, where the key tells. */
  ofLicence(key: { fingerprint: string; near: string | null }): ProductStore;
  /**
   * Asks every database the same, for operators and sweepers: each row comes once. `customerOf`: whose a row is, so that
   * copies of a shard under way to another place are left out; without it a copy may come as well. Reads only; rows are
   * acted on through the other functions.
   */
  gather<Row>(
    query: (store: ProductStore) => Promise<Row[]>,
    customerOf?: (row: Row) => string,
  ): Promise<Row[]>;
  /**
   * A change over all databases. Its statements hold to rows for which `isOpenHere` (SQL over a column with the customer's
   * id) is true.
   */
  everywhere<Result>(
    change: (store: ProductStore, isOpenHere: (customerId: string) => string) => Promise<Result>,
  ): Promise<Result[]>;
  /** The same, one database after the other. */
  inTurn(
    change: (store: ProductStore, isOpenHere: (customerId: string) => string) => Promise<void>,
  ): Promise<void>;
}

export function stores(databases: StoreDatabases, directory: Directory): Stores {
  const router = new Router(databases, directory);
  const at = (where: Whereabouts): ProductStore =>
    productStore(routedDatabase((statements) => router.run(where, statements)));
  return {
    ofCustomer: (customerId) => at({ customerId }),
    ofInstance: (id) => at({ row: { table: 'instances', id } }),
    ofOperation: (id) => at({ row: { table: 'operations', id } }),
    ofLicence: ({ fingerprint: id, near }) => at({ row: { table: 'licence_keys', id, near: near ?? id } }),
    gather: (query, customerOf) => gather(databases, query, customerOf),
    everywhere: (change) =>
      Promise.all(
        [...databases].map(([name, database]) =>
          change(productStore(database), (customerId) => isOpenHere(name, customerId)),
        ),
      ),
    async inTurn(change) {
      for (const [name, database] of databases)
        await change(productStore(database), (customerId) => isOpenHere(name, customerId));
    },
  };
}

/** The states are read here and not looked up by number, because a row knows its shard by the label alone. */
const isOpenHere = (database: string, customerId: string): string =>
  database === HOME
    ? `substr(${customerId}, -2) NOT IN (SELECT printf('%02x', shard) FROM shard_states WHERE state <> 'open')`
    : `substr(${customerId}, -2) IN (SELECT printf('%02x', shard) FROM shard_states WHERE state = 'open')`;

/** A round in which a shard was seen nowhere or twice met its hand-over, which takes moments. */
const ROUNDS_MAX = 10;
const ROUND_PAUSE_MS = 100;

async function gather<Row>(
  databases: StoreDatabases,
  query: (store: ProductStore) => Promise<Row[]>,
  customerOf?: (row: Row) => string,
): Promise<Row[]> {
  for (let round = 1; ; round += 1) {
    const answers = await Promise.all(
      [...databases].map(([name, database]) => ask(database, name === HOME, query)),
    );
    const doubtful = labels.find((label) => answers.filter(({ shown }) => shown(label)).length !== 1);
    if (doubtful === undefined) {
      return answers.flatMap(({ rows, shown }) =>
        customerOf === undefined ? rows : rows.filter((row) => shown(labelOf(customerOf(row)))),
      );
    }
    if (round === ROUNDS_MAX) throw new ShardClosedError(Number.parseInt(doubtful, 16));
    await new Promise((resolve) => {
      setTimeout(resolve, ROUND_PAUSE_MS);
    });
  }
}

const labels = Array.from({ length: SHARD_COUNT }, (_, shard) => shard.toString(16).padStart(2, '0'));

/** The answer of one database, with the shards that were to be read in it at that instant. */
async function ask<Row>(
  database: D1Database,
  isHome: boolean,
  query: (store: ProductStore) => Promise<Row[]>,
): Promise<{ rows: Row[]; shown: (label: string) => boolean }> {
  const states = database.prepare(`SELECT printf('%02x', shard) AS label, state FROM shard_states`);
  let known = new Map<string, string>();
  const routed = routedDatabase(async (statements) => {
    const [first, ...results] = await database.batch([
      states,
      ...statements.map(({ sql, values }) => database.prepare(sql).bind(...values)),
    ]);
    const rows = (first?.results ?? []) as { label: string; state: string }[];
    known = new Map(rows.map(({ label, state }) => [label, state]));
    return results;
  });
  const rows = await query(productStore(routed));
  const shown = (label: string): boolean =>
    ['open', 'closed'].includes(known.get(label) ?? (isHome ? 'open' : 'gone'));
  return { rows, shown };
}
