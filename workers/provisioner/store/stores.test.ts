import { beforeAll, describe, expect, it } from 'vitest';
import { HOME, storeDatabases } from '#shared/db/store-databases.ts';
import { customerTables, localTables, registryTables } from '#shared/db/store-tables.ts';
import { newId } from '#shared/ids/ids.ts';
import { idBeside, labelOf, newIdBeside, shardOf } from '#shared/ids/shard.ts';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { newLicenceKey, shardLabelOfKey } from '../connectors/licence-keys.ts';
import type { Env } from '../env.ts';
import { FULFILMENTS, newLine } from '../testing/harness.ts';
import { newInstance } from '../testing/rows.ts';
import { retryMany } from '../usecases/tasks.ts';
import { Directory } from './directory.ts';
import { ShardClosedError } from './router.ts';
import { stores } from './stores.ts';

const databases = () => storeDatabases(workerEnv<Env>());
const asked = async <Row>(sql: string, binding = HOME, ...values: unknown[]): Promise<Row[]> => {
  const database = databases().get(binding);
  return (
    (
      await database
        ?.prepare(sql)
        .bind(...values)
        .all<Row>()
    )?.results ?? []
  );
};

/** A shard lies in the second database from now on, as if it had been moved there empty. */
async function lieElsewhere(shard: number): Promise<void> {
  await asked(`INSERT OR REPLACE INTO shard_places VALUES (?, 'STORE_DB_2', 1, 0)`, HOME, shard);
  await asked(
    `INSERT OR REPLACE INTO shard_states (shard, state, updated_at) VALUES (?, 'gone', 0)`,
    HOME,
    shard,
  );
  await asked(
    `INSERT OR REPLACE INTO shard_states (shard, state, updated_at) VALUES (?, 'open', 0)`,
    'STORE_DB_2',
    shard,
  );
}
const places = (id: string): Promise<string[]> =>
  Promise.all(
    [...databases().keys()].map(async (binding) =>
      (await asked('SELECT 1 FROM instances WHERE id = ?', binding, id)).length > 0 ? binding : '',
    ),
  ).then((found) => found.filter((binding) => binding !== ''));

beforeAll(migrateDatabases);

describe('every table of a store database', () => {
  it('stands in exactly one list, so that a mover takes along what is a customer’s and nothing else', async () => {
    const tables = await asked<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
       AND name <> 'd1_migrations'`,
    );
    const listed = [...customerTables.map(({ name }) => name), ...registryTables, ...localTables];
    expect(listed.toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
  });

  it.each(customerTables)('that is a customer’s can be moved: $name', async ({ name, key, owner, early }) => {
    const columns = await asked<{ name: string; type: string; pk: number }>(
      'SELECT name, type, pk FROM pragma_table_info(?)',
      HOME,
      name,
    );
    const primary = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    expect(primary.map((column) => column.name)).toEqual(key);
    expect(columns.map((column) => column.name)).toContain(owner);
    expect(columns.map(({ type }) => type)).not.toContain('BLOB');

    const keeping = await asked(
      `SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND sql LIKE '%RAISE%'`,
      HOME,
      name,
    );
    expect(keeping, 'it is deleted from where it lay before').toEqual([]);

    const byShard = `substr(${owner}, -2) = '00' AND ${key[0] ?? ''} > '' ORDER BY ${key.join(', ')}`;
    const hasLabel = owner === 'customer_id' || early === true;
    const plan = await asked(
      `EXPLAIN QUERY PLAN SELECT * FROM ${name} WHERE ${hasLabel ? byShard : `instance_id = ''`}`,
    );
    expect(JSON.stringify(plan)).toMatch(hasLabel ? /SEARCH .*<expr>=\?/ : /SEARCH /);
  });
});

describe('a customer’s rows', () => {
  it('go where their shard lies, whatever an old copy of the directory says', async () => {
    const line = newLine(FULFILMENTS.licence);
    const old = stores(databases(), new Directory());
    expect(await old.ofCustomer(line.customerId).instances.get(line.instanceId)).toBeNull();
    await lieElsewhere(shardOf(line.customerId));

    await old.ofCustomer(line.customerId).instances.open(newInstance(line));
    expect(await places(line.instanceId)).toEqual(['STORE_DB_2']);
    // Copies that never heard of it read it and find the row by its id as well.
    const fresh = () => stores(databases(), new Directory());
    expect(await fresh().ofCustomer(line.customerId).instances.get(line.instanceId)).toMatchObject({
      id: line.instanceId,
      customisation: { seat: 'left' },
    });
    await fresh().ofInstance(line.instanceId).instances.giveUp(line.instanceId, { code: 'x', text: 'y' });
    expect(
      await fresh().ofInstance(line.instanceId).instances.getWithDownload(line.instanceId),
    ).toMatchObject({
      instance: { failureCode: 'x' },
      download: null,
    });
  });

  it('are found by ids that name another shard, because an earlier release made them', async () => {
    const customerId = newId('user');
    const line = { ...newLine(FULFILMENTS.licence), customerId, instanceId: newIdBeside('instance', '00') };
    await lieElsewhere(shardOf(customerId));
    const ours = stores(databases(), new Directory());
    await ours.ofCustomer(customerId).instances.open(newInstance(line));

    expect(await places(line.instanceId)).toEqual(['STORE_DB_2']);
    expect(await ours.ofInstance(line.instanceId).instances.get(line.instanceId)).toMatchObject({
      customerId,
    });
  });

  it('are found by a licence key, at once when it tells its shard, and else everywhere', async () => {
    const line = newLine(FULFILMENTS.licence);
    await lieElsewhere(shardOf(line.customerId));
    const ours = stores(databases(), new Directory());
    await ours.ofCustomer(line.customerId).instances.open(newInstance(line));
    const foreign = [`of a pool ${line.lineId}`, `00 ${line.lineId}`];
    for (const [position, key] of [newLicenceKey(line.customerId), ...foreign].entries()) {
      const fingerprint = sha256Hex(key);
      await asked(
        'INSERT INTO licence_keys (fingerprint, instance_id, position, activations_max, issued_at) VALUES (?, ?, ?, 1, 1)',
        'STORE_DB_2',
        fingerprint,
        line.instanceId,
        position,
      );
      const found = stores(databases(), new Directory()).ofLicence({
        fingerprint,
        near: shardLabelOfKey(key),
      });
      expect(await found.entitlements.ofKey(fingerprint)).toMatchObject({
        instanceId: line.instanceId,
        unit: position,
        units: 1,
      });
    }
    const unknown = sha256Hex('of nobody');
    const nowhere = ours.ofLicence({ fingerprint: unknown, near: null });
    expect(await nowhere.entitlements.ofKey(unknown)).toBeNull();
    expect(shardLabelOfKey(newLicenceKey(line.customerId))).toBe(labelOf(line.customerId));
  });

  it('are read but not changed while their shard is closed, then refused as something to repeat', async () => {
    const line = newLine(FULFILMENTS.licence);
    const ours = stores(databases(), new Directory());
    const { instances } = ours.ofCustomer(line.customerId);
    await instances.open(newInstance(line));
    const shard = shardOf(line.customerId);
    await asked(
      `INSERT OR REPLACE INTO shard_states (shard, state, updated_at) VALUES (?, 'closed', 0)`,
      HOME,
      shard,
    );

    expect(await instances.get(line.instanceId)).not.toBeNull();
    await expect(instances.giveUp(line.instanceId, { code: 'x', text: 'y' })).rejects.toThrow(
      ShardClosedError,
    );
    const waiting = instances.giveUp(line.instanceId, { code: 'x', text: 'y' });
    await asked('DELETE FROM shard_states WHERE shard = ?', HOME, shard);
    await waiting;
    expect((await instances.get(line.instanceId))?.failureCode).toBe('x');
  });

  it('handed on to another shard are fenced by it: nothing is written to a copy that is left behind', async () => {
    const line = newLine(FULFILMENTS.licence);
    const receiver = idBeside(newId('user'), labelOf(line.customerId) === '5a' ? '5b' : '5a');
    const shard = shardOf(receiver);
    const ours = stores(databases(), new Directory());
    await ours.ofCustomer(line.customerId).instances.open(newInstance(line));
    await asked('UPDATE instances SET customer_id = ? WHERE id = ?', HOME, receiver, line.instanceId);
    const present = (binding: string) =>
      asked<{ code: string | null }>(
        'SELECT failure_code AS code FROM instances WHERE id = ?',
        binding,
        line.instanceId,
      );

    // The last moments of a move: what was written here now would be in neither place.
    await asked(`INSERT INTO shard_states (shard, state, updated_at) VALUES (?, 'closed', 0)`, HOME, shard);
    const { instances } = ours.ofInstance(line.instanceId);
    expect(await instances.get(line.instanceId)).toMatchObject({ customerId: receiver });
    const waiting = instances.giveUp(line.instanceId, { code: 'x', text: 'y' });
    // It lies in the other database, and its rows are still to be deleted here.
    await lieElsewhere(shard);
    await ours.ofCustomer(receiver).instances.open(newInstance({ ...line, customerId: receiver }));
    await waiting;
    expect([await present(HOME), await present('STORE_DB_2')]).toEqual([[{ code: null }], [{ code: 'x' }]]);
  });

  it('come once to whoever asks all databases, without the copy of a shard under way', async () => {
    const [here, there] = [newLine(FULFILMENTS.licence), newLine(FULFILMENTS.licence)];
    const ours = stores(databases(), new Directory());
    await ours.ofCustomer(here.customerId).instances.open(newInstance(here));
    await lieElsewhere(shardOf(there.customerId));
    await ours.ofCustomer(there.customerId).instances.open(newInstance(there));
    const copy = stores(new Map([[HOME, databases().get('STORE_DB_2') ?? fail()]]), new Directory());
    await copy.ofCustomer(here.customerId).instances.open(newInstance(here));
    await asked(
      `INSERT INTO shard_states (shard, state, updated_at) VALUES (?, 'arriving', 0)`,
      'STORE_DB_2',
      shardOf(here.customerId),
    );

    const found = await ours.gather(
      (store) => store.documents.list({ limit: 100 }),
      ({ customerId }) => customerId,
    );
    const ids = found.map(({ id }) => id).filter((id) => id === here.instanceId || id === there.instanceId);
    expect(ids.toSorted()).toEqual([here.instanceId, there.instanceId].toSorted());
  });
});

function fail(): never {
  throw new Error('not bound');
}

describe('failed steps that are tried again together', () => {
  it('count over all databases: how many, and how far apart', async () => {
    const here = newId('user');
    const there = here.replace(/..$/, (label) => (label === 'f0' ? 'f1' : 'f0'));
    await lieElsewhere(shardOf(there));
    await asked('DELETE FROM shard_states WHERE shard = ?', HOME, shardOf(here));
    const code = crypto.randomUUID();
    for (const [binding, customerId] of [
      [HOME, here],
      ['STORE_DB_2', there],
    ] as const)
      for (const step of ['a', 'b', 'c'])
        await asked(
          `INSERT INTO tasks (id, instance_id, customer_id, order_id, step, kind, asked_of, connector, operation, code, text,
             state, created_at) VALUES (?, ?, ?, 'ord_1', ?, 'failed_step', 'operator', 'http', 'call', ?, 'Away.', 'open', 1)`,
          binding,
          crypto.randomUUID(),
          newIdBeside('instance', customerId),
          customerId,
          step,
          code,
        );
    const ports = { stores: stores(databases(), new Directory()), clock: { now: () => 5_000 } };
    const batch = { id: crypto.randomUUID(), by: 'usr_x', reason: 'Back.', perMinute: 60, limit: 4 };
    const again = () => retryMany(ports, batch, { code, createdAfter: 0 });
    expect(await again()).toEqual({ count: 4, until: rfc3339(9_000) });
    expect(await again()).toEqual({ count: 4, until: rfc3339(9_000) });
    const woken = await Promise.all(
      [HOME, 'STORE_DB_2'].map((binding) =>
        asked<{ at: number }>(
          `SELECT wake_at AS at FROM tasks WHERE code = ? AND state = 'decided'`,
          binding,
          code,
        ),
      ),
    );
    expect(woken.map((rows) => rows.length)).toEqual([3, 1]);
    expect(woken.flat().map(({ at }) => at)).toEqual([5_000, 6_000, 7_000, 8_000]);
  });
});
