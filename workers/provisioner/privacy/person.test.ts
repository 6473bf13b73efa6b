import { exports } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DataSubjectService } from '#shared/contracts/privacy.ts';
import { HOME, storeDatabases } from '#shared/db/store-databases.ts';
import { customerTables } from '#shared/db/store-tables.ts';
import { newId } from '#shared/ids/ids.ts';
import { newIdBeside, shardOf } from '#shared/ids/shard.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { allOf, tracesIn } from '#shared/testing/traces.ts';
import type { Env } from '../env.ts';
import {
  activation,
  deliver,
  eventually,
  FULFILMENTS,
  newLine,
  reaches,
  row,
  undoing,
} from '../testing/harness.ts';
import { boughtLicence, post } from '../testing/licences.ts';
import { asked, comesTo, inUse } from '../testing/lifecycle.ts';
import { sweepLate } from '../testing/sweeps.ts';
import { useWorld } from '../testing/world.ts';

const world = useWorld();
const { DataSubjectRpc } = exports as unknown as { DataSubjectRpc: DataSubjectService };
const call = { requestId: 'request-of-the-test' };
const exported = async (customerId: string) =>
  (await allOf((cursor) => DataSubjectRpc.exportPage(call, { customerId, cursor }))).flatMap(
    ({ items }) => items,
  );
const erase = (customerId: string) =>
  allOf((cursor) => DataSubjectRpc.eraseStep(call, { customerId, cursor }));
const obstacles = async (customerId: string) =>
  (await DataSubjectRpc.obstacles(call, { customerId })).obstacles;
const sql = (text: string, ...values: unknown[]) =>
  workerEnv<Env>()
    .STORE_DB.prepare(text)
    .bind(...values);
/** In whichever database. */
async function traces(marker: string): Promise<string[]> {
  const found: string[] = [];
  for (const [name, database] of storeDatabases(workerEnv<Env>()))
    found.push(...(await tracesIn(database, marker)).map((place) => `${name} ${place}`));
  return found;
}
const newMarker = (): string => `m${crypto.randomUUID()}`;
const addressOf = (marker: string) => ({
  name: marker,
  line1: marker,
  line2: '',
  postalCode: 'OX1 1AA',
  city: 'Oxford',
  country: 'GB',
});

/** Somebody who has a licence in use by a device, with words of theirs on it, and was sent a parcel. */
async function person(customerId = newId('user')) {
  const marker = newMarker();
  const own = () => ({ customerId, instanceId: newIdBeside('instance', customerId) });
  const { line: licence, keys } = await boughtLicence(
    {},
    { ...own(), customisation: { engraving: marker }, shippingAddress: addressOf(marker) },
  );
  const device = { fingerprint: newMarker(), name: `Laptop of ${marker}` };
  expect((await post('activations', { licenceKey: keys[0], device })).status).toBe(201);
  const headers = { ...(await signedIn(customerId, 'customer')), 'content-type': 'application/json' };
  const labelled = await self.fetch(`https://shop.test/v1/instances/${licence.instanceId}`, {
    method: 'PATCH',
    headers: { ...headers, 'if-match': '*' },
    body: JSON.stringify({ tags: [marker], metadata: { note: marker } }),
  });
  expect(await labelled.text()).toContain(marker);
  await asked(licence, { kind: 'suspend', reason: marker });
  await asked(licence, { kind: 'resume' });
  await sql(
    `INSERT INTO credential_reveals VALUES (?1, ?2, ?3, 'a-digest', ?3, 1, 'request-1', 1)`,
    newId('reveal'),
    licence.instanceId,
    customerId,
  ).run();
  const parcel = await inUse(world, 'parcel', { ...own(), shippingAddress: addressOf(marker) });
  return { customerId, marker, licence, parcel };
}
type Person = Awaited<ReturnType<typeof person>>;
async function endLicence({ licence, customerId }: Person): Promise<void> {
  const operation = await asked(licence, { kind: 'terminate', graceDays: 0 });
  await sweepLate(licence);
  await comesTo(operation, 'done', customerId);
}

describe('an export', () => {
  it('has what somebody owns with all they wrote on it, as the API shows it, and nobody else’s', async () => {
    const [someone, other] = [await person(), await person()];
    const items = await exported(someone.customerId);
    const of = (section: string) => items.filter((item) => item.section === section).map(({ data }) => data);
    const ids = [someone.licence.instanceId, someone.parcel.instanceId].toSorted();
    expect(of('instances')).toMatchObject(ids.map((id) => ({ id, customerId: someone.customerId })));
    expect(of('instances')).toContainEqual(
      expect.objectContaining({
        id: someone.licence.instanceId,
        customisation: { engraving: someone.marker },
        tags: [someone.marker],
        metadata: { note: someone.marker },
      }),
    );
    expect(of('instances')).toContainEqual(
      expect.objectContaining({ shippingAddress: addressOf(someone.marker) }),
    );
    expect(of('lifecycle_operations')).toMatchObject([
      { kind: 'resume' },
      { kind: 'suspend', reason: someone.marker },
    ]);
    expect(of('devices')).toMatchObject([{ name: `Laptop of ${someone.marker}` }]);
    expect(of('credential_reveals')).toMatchObject([{ by: someone.customerId }]);
    expect(JSON.stringify(items)).not.toContain(other.marker);
  });
});

describe('what somebody hands on', () => {
  it('keeps its configuration, and nothing else of whoever had it: neither words nor address nor devices', async () => {
    const { licence, customerId, marker } = await person();
    const { instanceId } = licence;
    await sql(`UPDATE instances SET customisation = '{}' WHERE id = ?`, instanceId).run();
    expect((await row(licence))?.sealedAddress).not.toBeNull();
    const offer = await asked(licence, { kind: 'transfer', reason: marker });
    const receiver = newIdBeside('user', customerId);
    const headers = { ...(await signedIn(receiver, 'customer')), 'content-type': 'application/json' };
    const accepted = await self.fetch('https://shop.test/v1/instance-transfers', {
      method: 'POST',
      headers,
      body: JSON.stringify({ code: offer.transferCode }),
    });
    expect(accepted.status).toBe(202);
    await comesTo(offer, 'done', receiver);

    expect([await traces(marker), (await row(licence))?.sealedAddress]).toEqual([[], null]);
    const read = async (path: string) =>
      (await self.fetch(`https://shop.test/v1/instances/${instanceId}${path}`, { headers })).json();
    await eventually(async () => expect(await read('/use')).toMatchObject({ activations: [], leases: [] }));
    expect(await read('')).toMatchObject({ customerId: receiver, tags: [], metadata: {} });
    const { fingerprint, name } = { fingerprint: newMarker(), name: 'Mine' };
    expect((await post('activations', { instanceId, device: { fingerprint, name } }, headers)).status).toBe(
      201,
    );
    await sweepLate(licence);
    expect(await read('/use')).toMatchObject({ activations: [{ name }] });
  });
});

describe('an erasure', () => {
  it('is refused while something runs, so that it is tried again and nobody is called erased who is not', async () => {
    const someone = await person();
    expect(await obstacles(someone.customerId)).toEqual([
      { code: 'instance_running', subject: someone.licence.instanceId },
    ]);
    await expect(erase(someone.customerId)).rejects.toThrow(someone.licence.instanceId);
    expect((await row(someone.licence))?.customisation).toEqual({ engraving: someone.marker });
    // What has ended is erased already.
    expect(await row(someone.parcel)).toMatchObject({ customisation: {} });
    await endLicence(someone);
    expect(await obstacles(someone.customerId)).toEqual([]);
    await erase(someone.customerId);
    expect(await traces(someone.marker)).toEqual([]);
  });

  it('leaves nothing of the person in any database, and others as they were', async () => {
    const [someone, other] = [await person(), await person()];
    await endLicence(someone);
    const lost = {
      id: `dl_${crypto.randomUUID()}`,
      body: {
        type: 'line.provision',
        customerId: someone.customerId,
        shippingAddress: addressOf(someone.marker),
      },
    };
    const told = {
      id: `dl_${crypto.randomUUID()}`,
      body: { instanceId: someone.parcel.instanceId, reason: someone.marker },
    };
    for (const { id, body } of [lost, told])
      await sql(
        `INSERT INTO dead_letters VALUES (?, 'provisioning', ?, '', NULL)`,
        id,
        JSON.stringify(body),
      ).run();
    const before = await exported(other.customerId);
    expect(await traces(someone.marker)).not.toEqual([]);

    const steps = await erase(someone.customerId);
    expect(steps.flatMap(({ kept }) => kept)).toEqual([
      { section: 'instances', because: 'disputes' },
      { section: 'licence_keys', because: 'fraud_prevention' },
    ]);
    expect(await traces(someone.marker)).toEqual([]);
    expect(JSON.stringify(await exported(someone.customerId))).not.toContain(someone.marker);
    const sealed = await sql(
      `SELECT sealed_address, sealed_delivery FROM instances WHERE customer_id = ?`,
      someone.customerId,
    ).all();
    expect(sealed.results).toEqual(
      sealed.results.map(() => ({ sealed_address: null, sealed_delivery: null })),
    );
    expect(await exported(other.customerId)).toEqual(before);
  });

  it('twice, or by several at once, is the same', async () => {
    const someone = await person();
    await endLicence(someone);
    await Promise.all([1, 2, 3].map(() => erase(someone.customerId)));
    expect((await erase(someone.customerId)).map(({ erased }) => erased)).toEqual([{}, {}]);
    expect(await traces(someone.marker)).toEqual([]);
  });

  it('reaches the person’s rows wherever their shard lies; while it is handed over it is refused, and repeated', async () => {
    const customerId = newId('user');
    const shard = shardOf(customerId);
    const there = workerEnv<Env>()[`STORE_DB_2`];
    await sql(`INSERT OR REPLACE INTO shard_places VALUES (?, 'STORE_DB_2', 1, 0)`, shard).run();
    const state = (database: D1Database | undefined, value: string) =>
      database
        ?.prepare(`INSERT OR REPLACE INTO shard_states (shard, state, updated_at) VALUES (?, ?, 0)`)
        .bind(shard, value)
        .run();
    await state(workerEnv<Env>()[HOME], 'gone');
    await state(there, 'open');
    const marker = newMarker();
    const line = newLine(FULFILMENTS.licence, {
      customerId,
      instanceId: newIdBeside('instance', customerId),
      customisation: { engraving: marker },
    });
    await deliver(line);
    await state(there, 'open');
    await there?.prepare(`UPDATE instances SET state = 'failed' WHERE id = ?`).bind(line.instanceId).run();
    expect(await traces(marker)).toContain('STORE_DB_2 instances.customisation');
    await state(there, 'closed');
    const refused = await erase(customerId).then(
      () => 'done',
      () => 'refused',
    );
    expect(refused).toBe('refused');
    await state(there, 'open');
    await erase(customerId);
    expect(await traces(marker)).toEqual([]);
  });

  it('lasts: what the order still asks of an erased line finds an end', async () => {
    const someone = await person();
    await endLicence(someone);
    await erase(someone.customerId);
    await deliver(undoing(someone.licence), activation(someone.licence));
    expect(await row(someone.licence)).toMatchObject({ state: 'undone', customisation: {} });
  });
});

/** Columns that stay, because they are ids, states, codes, numbers and times. Whatever else there is must go. */
const STAYS: Record<string, readonly string[]> = Object.fromEntries(
  Object.entries({
    instances:
      'id customer_id order_id order_number line_id workflow_id product_id variant_id sku ' +
      'title variant_title kind fulfilment plan state failure_code transition request_id',
    instance_steps: 'instance_id step action ended_as',
    operations:
      'id instance_id step resource idempotency_key state partner_operation_id resource_id error_code',
    broker_resources:
      'operation_id instance_id connection service_instance_id binding_id plan_id running removal',
    licence_keys: 'fingerprint instance_id',
    entitlements: 'instance_id customer_id document',
    lifecycle_operations:
      'id instance_id customer_id kind state direction asked_as asked_by handle order_id line_id error_code ' +
      'transition request_id',
    lifecycle_steps: 'operation_id direction step instance_id customer_id state',
    undo_requests: 'instance_id order_id line_id workflow_id state request_id lifecycle_id',
    suspensions: 'instance_id cause reason by_id',
    accesses: 'instance_id order_id line_id reason state request_id',
    reports: 'instance_id type order_id line_id code request_id',
  }).map(([table, columns]) => [table, columns.split(' ')]),
);
/** What a column may hold, where that is checked. */
const VALID: Record<string, Record<string, string>> = {
  operations: { state: 'succeeded' },
  lifecycle_operations: { kind: 'terminate', state: 'done', direction: 'forth', asked_as: 'customer' },
  lifecycle_steps: { state: 'done', direction: 'forth' },
  undo_requests: { state: 'done' },
  suspensions: { cause: 'owner', reason: 'expired' },
  accesses: { state: 'done', reason: 'expired' },
  tasks: { kind: 'question', state: 'decided', asked_of: 'customer', decision: 'answer' },
  shipments: { state: 'delivered' },
};

describe('every column of every table of customers', () => {
  let customerId = '';
  let instanceId = '';
  beforeEach(async () => {
    customerId = newId('user');
    instanceId = newIdBeside('instance', customerId);
    const line = newLine(FULFILMENTS.licence, { customerId, instanceId });
    await deliver(line);
    // Its workflow does nothing more: what it wrote afterwards would make the instance run again.
    await reaches(line, 'ready', 'line.provisioned');
    await sql(`UPDATE instances SET state = 'undone' WHERE id = ?`, instanceId).run();
  });

  it.each(customerTables)('of $name stays without a word of the person, or goes', async ({ name }) => {
    const marker = newMarker();
    const { results: columns } = await sql('SELECT name, type, pk FROM pragma_table_info(?)', name).all<{
      name: string;
      type: string;
      pk: number;
    }>();
    const stays = STAYS[name] ?? [];
    expect(columns.map((column) => column.name)).toEqual(expect.arrayContaining([...stays]));
    const valueOf = (column: { name: string; type: string }): unknown => {
      if (column.name === 'instance_id') return instanceId;
      if (column.name === 'customer_id') return customerId;
      if (column.type === 'INTEGER') return 1;
      const valid = (VALID[name] ?? {})[column.name];
      if (valid !== undefined) return valid;
      return stays.includes(column.name) ? crypto.randomUUID() : JSON.stringify(marker);
    };
    const words = columns.filter(({ name: column, type }) => type === 'TEXT' && !stays.includes(column));
    if (name === 'instances') {
      const set = words.map((column) => `${column.name} = ?`).join(', ');
      await sql(`UPDATE instances SET ${set} WHERE id = ?`, ...words.map(valueOf), instanceId).run();
    } else {
      await sql(`DELETE FROM ${name} WHERE instance_id = ?`, instanceId).run();
      const marks = columns.map(() => '?').join(', ');
      await sql(`INSERT INTO ${name} VALUES (${marks})`, ...columns.map(valueOf)).run();
    }
    const planted = await traces(marker);
    await erase(customerId);
    expect(await traces(marker), `planted in ${planted.join(', ')}`).toEqual([]);
    const isKept = await sql(
      `SELECT 1 AS kept FROM ${name} WHERE ${name === 'instances' ? 'id' : 'instance_id'} = ?`,
      instanceId,
    ).first();
    expect(isKept !== null).toBe(name in STAYS);
  });
});
