import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SHARD_COUNT } from '#shared/ids/shard.ts';

const OWNED_EACH = 10;
/** Shards from here on lie in the second database. */
const SECOND_FROM = SHARD_COUNT / 2;

const hex = (value: number | string, digits: number): string => value.toString(16).padStart(digits, '0');

/** The `n`th instance, and whose it is: neighbours in time belong to different customers and shards. */
export function sampleAt(n: number, instances: number) {
  const customer = n % Math.ceil(instances / OWNED_EACH);
  const label = hex(customer % SHARD_COUNT, 2);
  return {
    customerId: `usr_${hex(customer, 30)}${label}`,
    instanceId: `ins_${hex(n, 30)}${label}`,
    fingerprint: hex(n, 64),
  };
}

/** Writes so many active licences into the two databases of a stopped runtime, each with its key, entitlements and history. */
export function writeInstances(folder: string, instances: number): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => path.join(folder, name));
  for (const file of files) {
    const database = new DatabaseSync(file);
    try {
      const name = nameOf(database);
      if (name !== null) write(database, name === 'STORE_DB', instances);
    } finally {
      database.close();
    }
  }
}

/** Each database was told its name, since files are named by hashes. */
function nameOf(database: DatabaseSync): string | null {
  const known = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'bench_name'").get();
  if (known === undefined) return null;
  return String(database.prepare('SELECT name FROM bench_name').get()?.name);
}

function write(database: DatabaseSync, isHome: boolean, instances: number): void {
  const customers = Math.ceil(instances / OWNED_EACH);
  const here = isHome
    ? `customer % ${SHARD_COUNT} < ${SECOND_FROM}`
    : `customer % ${SHARD_COUNT} >= ${SECOND_FROM}`;
  const state = isHome ? 'gone' : 'open';
  database.exec(`PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA cache_size = -400000; BEGIN;
    CREATE TEMP TABLE made AS
      WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${instances})
      SELECT n, customer, printf('usr_%030x%02x', customer, customer % ${SHARD_COUNT}) AS customer_id,
        printf('ins_%030x%02x', n, customer % ${SHARD_COUNT}) AS id
      FROM (SELECT n, n % ${customers} AS customer FROM numbers) WHERE ${here};
    INSERT INTO instances (id, customer_id, order_id, order_number, line_id, workflow_id, product_id, product_version,
        variant_id, sku, title, variant_title, kind, quantity, customisation, fulfilment, plan, state, detail, transition,
        request_id, created_at, updated_at, activated_at)
      SELECT id, customer_id, printf('ord_%032x', n), 'TP-7K3M9Q2X', printf('line_%032x', n), printf('provision-%032x', n),
        printf('prod_%032x', n % 1000), 1, printf('var_%032x', n % 1000), 'SKU', 'Thing', '', 'licence', 1, '{}', '{}', '{}',
        'active', 'Yours.', 'none', 'bench', n, n, n FROM made;
    INSERT INTO instance_history (instance_id, sequence, at, type, text) SELECT id, 1, n, 'instance.opened', '' FROM made;
    INSERT INTO entitlements (instance_id, customer_id, document, units, revision, starts_at, updated_at)
      SELECT id, customer_id, '{"features":[],"limits":{},"seats":3,"leases":null,"meters":[],"validDays":null}', 1, 1, 1, 1
      FROM made;
    INSERT INTO licence_keys (fingerprint, instance_id, position, activations_max, issued_at)
      SELECT printf('%064x', n), id, 1, 3, 1 FROM made;
    WITH RECURSIVE shards (shard) AS (SELECT ${SECOND_FROM} UNION ALL SELECT shard + 1 FROM shards WHERE shard < ${SHARD_COUNT - 1})
      INSERT INTO shard_states (shard, state, updated_at) SELECT shard, '${state}', 0 FROM shards;
    ${isHome ? `INSERT INTO shard_places SELECT shard, 'STORE_DB_2', 1, 0 FROM shard_states;` : ''}
    DROP TABLE made; COMMIT; PRAGMA wal_checkpoint(TRUNCATE);`);
}
