import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  dataDocumentSchema,
  dataRequestListSchema,
  type DataRequestBody,
} from '#shared/contracts/http/data-requests.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { mailTo, signIn, signUp, type Tokens } from '../../scripts/lib/accounts.ts';
import { api, ApiError, poll } from '../../scripts/lib/api.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { MEMORY_FOLDER, startSystem, type System } from '../../scripts/lib/system.ts';
import { World } from '../../scripts/scenarios/world.ts';
import { restoreAll } from '../../scripts/recovery/put-back.ts';
import { backUpAll, TAKEN } from '../../scripts/recovery/take.ts';
import { newOrganisation } from './permissions/organisations.ts';

/** In each of the person's texts, and nowhere else: where it is found, something of theirs is left. */
const MARKER = `zq${crypto.randomUUID().slice(0, 8)}`;
const EMAIL = `${MARKER}@example.org`;
const ADDRESS = {
  name: `Ada ${MARKER}`,
  line1: `${MARKER} Street 1`,
  postalCode: '10115',
  city: `${MARKER} City`,
  country: 'DE',
};

const folder = mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-erasure-'));
const secrets = newSecrets();
const signIns = newSignIns();
let system: System;
let world: World;
let person: Tokens;
let admin: Tokens;

beforeAll(async () => {
  const overrides = { auth: { ERASURE_GRACE_SECONDS: '0' } };
  system = await startSystem({ secrets, seed: signIns, persistTo: folder, overrides });
  world = new World({ ...system, signIns, secrets, onStep: () => {} });
  admin = await signIn(system.origin, signIns.admin);
  person = await signUp(system, { email: EMAIL, password: `vivid ${crypto.randomUUID()}` });
});
afterAll(async () => {
  await system.stop();
  rmSync(folder, { recursive: true, force: true });
});

const key = () => ({ 'idempotency-key': crypto.randomUUID() });
const asPerson = <Answer>(request: string, body?: unknown): Promise<Answer> =>
  api<Answer>(system.origin, request, {
    token: person.accessToken,
    headers: key(),
    ...(body === undefined ? {} : { body }),
  });

/** Every value in every table of every database and object, and every file, that has the marker in it. */
function traces(): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => path.join(file.parentPath, file.name))
    // The sandbox plays the world outside: partners, banks and mailboxes of people.
    .filter((file) => !/tradepost-sandbox/.test(file));
  return files.flatMap((file) => {
    const name = path.relative(folder, file);
    if (/\.sqlite-(wal|shm)$/.test(file)) return [];
    if (file.endsWith('.sqlite')) return tracesIn(file).map((place) => `${name}: ${place}`);
    return readFileSync(file).includes(MARKER) ? [name] : [];
  });
}

function tracesIn(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
      .all() as { name: string }[];
    return tables.flatMap(({ name }) => {
      const all = database.prepare(`SELECT * FROM "${name}"`);
      all.setReadBigInts(true);
      const rows = all.all();
      const columns = rows.flatMap((row) =>
        Object.entries(row).flatMap(([column, value]) => (textOf(value).includes(MARKER) ? [column] : [])),
      );
      return [...new Set(columns)].map((column) => `${name}.${column}`);
    });
  } finally {
    database.close();
  }
}

const textOf = (value: unknown): string =>
  value instanceof Uint8Array ? new TextDecoder('latin1').decode(value) : String(value);

/** Buys something of each kind, keeps a card, fills a cart, joins an organisation, makes a key. */
async function livesHere(): Promise<{ orders: Order[]; instances: Instance[] }> {
  const customisationSchema = { type: 'object', properties: { registeredTo: { type: 'string' } } };
  const [licence, parcel, service] = await Promise.all([
    world.licence({ customisationSchema }),
    world.newProduct('physical', { template: 'parcel', weightGrams: 100 }),
    world.service('scenario-small'),
  ]);
  const lines = [
    { variantId: licence.variantId, quantity: 1, customisation: { registeredTo: `Ada ${MARKER}` } },
    { variantId: parcel.variantId, quantity: 1 },
    { variantId: service.variantId, quantity: 1 },
  ];
  const bought = await world.place(person, { currency: 'EUR', lines, shippingAddress: ADDRESS });
  await world.pay(bought);
  const dropped = await world.place(person, { currency: 'EUR', lines: [lines[0]] });
  await asPerson(`POST /v1/orders/${dropped.id}/cancel`);
  await world.keepMethod(person, 'pm_card_visa');
  await asPerson('POST /v1/auth/api-keys', { name: MARKER, scopes: ['orders.read'], expiresAt: null });
  const { cart } = await asPerson<{ cart: { id: string } }>('POST /v1/carts', { currency: 'EUR' });
  await asPerson(`POST /v1/carts/${cart.id}/lines`, lines[0]);
  await joinsAnOrganisation();
  const orders = [
    await world.settled(person, bought.id, 'completed'),
    await world.settled(person, dropped.id, 'cancelled'),
  ];
  const instances = await world.instancesOf(person, bought.id);
  const owned = instances.find(({ kind }) => kind === 'licence');
  await asPerson('POST /v1/entitlements/activations', {
    instanceId: owned?.id,
    device: { fingerprint: MARKER, name: `${MARKER}’s laptop` },
  });
  return { orders, instances };
}

async function joinsAnOrganisation(): Promise<void> {
  const boss = await world.newCustomer();
  const organisation = await newOrganisation(world, boss);
  await api(system.origin, `POST /v1/auth/organisations/${organisation}/invitations`, {
    token: boss.accessToken,
    body: { email: EMAIL, role: 'member' },
  });
  const [, token] = await mailTo(system.sandboxOrigin, EMAIL, /\/invitation\?token=([\w-]+)/);
  await asPerson('POST /v1/auth/organisation-invitations/accept', { token });
}

async function endsWhatRuns(instances: readonly Instance[]): Promise<void> {
  for (const { id, kind } of instances) {
    if (kind === 'physical') continue;
    await asPerson(`POST /v1/instances/${id}/operations`, {
      kind: 'terminate',
      graceDays: 0,
      reason: MARKER,
    });
  }
}

/** What stands against an erasure; null: it was begun. */
async function askToBeErased(): Promise<string[] | null> {
  try {
    await asPerson('POST /v1/auth/data-requests', { kind: 'erasure' });
    return null;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    return (error.problem['obstacles'] as { code: string; subject: string }[]).map(
      ({ code, subject }) => `${code} ${subject}`,
    );
  }
}

/** Puts the backup from before the erasure back: it has all of the person in it. */
async function comesBackErased(at: number): Promise<void> {
  const ports = {
    port: Number(new URL(system.origin).port),
    sandboxPort: Number(new URL(system.sandboxOrigin).port),
  };
  const restart = async (overrides: Record<string, string>): Promise<void> => {
    await system.stop();
    system = await startSystem({
      secrets,
      persistTo: folder,
      ...ports,
      overrides: Object.fromEntries(TAKEN.map((worker) => [worker, overrides])),
    });
  };
  await restart({ RESTORE_TOKEN: 'restore' });
  let found = 0;
  const left = await restoreAll(
    { origin: system.origin, token: 'restore', at, replace: true },
    ({ source }) => {
      if (source === 'orders') found = traces().length;
    },
  );
  expect.soft(found, 'the backup brings the person back').toBeGreaterThan(0);
  expect.soft(left, 'everybody is erased before the restore is over').toEqual([]);
  // Orders show themselves in lists when they may act again.
  await restart({});
  const again = await poll('the person to be gone again', 90, () => {
    const places = traces();
    return Promise.resolve(places.length === 0 ? places : null);
  }).catch(() => traces());
  expect(again).toEqual([]);
}

it('a customer takes a copy of everything, is erased, leaves nothing behind but what the law keeps without their name, and does not come back with an older backup', async () => {
  const { orders, instances } = await livesHere();
  const before = traces();
  expect(before.length, 'the search finds what is there').toBeGreaterThan(5);

  const copy = await asPerson<DataRequestBody>('POST /v1/auth/data-requests', { kind: 'export' });
  await poll('the copy', 60, async () => {
    const { state } = await asPerson<DataRequestBody>(`GET /v1/auth/data-requests/${copy.id}`);
    return state === 'ready' ? true : null;
  });
  const document = dataDocumentSchema.parse(await asPerson(`GET /v1/auth/data-requests/${copy.id}/document`));
  const sections = new Set(document.items.map(({ section }) => section));
  const wanted = ['account', 'apiKeys', 'carts', 'devices', 'events', 'instances', 'orders', 'organisations'];
  expect.soft([...sections].filter((section) => wanted.includes(section)).toSorted()).toEqual(wanted);
  expect.soft([...sections]).toEqual(expect.arrayContaining(['payments', 'payment_methods', 'sessions']));
  const text = JSON.stringify(document);
  for (const mine of [EMAIL, ADDRESS.line1, ADDRESS.city, ...orders.map(({ id }) => id)]) {
    expect.soft(text).toContain(mine);
  }

  expect.soft(String(await askToBeErased())).toContain('instance_running');
  await endsWhatRuns(instances);
  await poll('everything to end', 60, async () => {
    await system.runCron('provisioner');
    const now = await Promise.all(instances.map(({ id }) => asPerson<Instance>(`GET /v1/instances/${id}`)));
    return now.every(({ kind, state }) => kind === 'physical' || state === 'undone') ? true : null;
  });
  await backUpAll(
    { origin: system.origin, token: () => Promise.resolve(admin.accessToken) },
    () => undefined,
  );
  const backedUpAt = Date.now();
  let obstacles: string[] | null = [];
  await poll('nothing to stand against it', 60, async () => {
    await system.runCron('provisioner');
    obstacles = await askToBeErased();
    return obstacles === null ? true : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${String(obstacles)}`);
  });
  const { id } = person.user;
  const path = `GET /v1/auth/accounts/${id}/data-requests`;
  const receipt = await poll('the erasure', 90, async () => {
    const { items } = dataRequestListSchema.parse(
      await api(system.origin, path, { token: admin.accessToken }),
    );
    const found = items.find(({ kind }) => kind === 'erasure');
    if (found?.state === 'failed') throw new Error('the erasure failed');
    return found?.state === 'done' ? found : null;
  });
  expect.soft(receipt.kept).toContainEqual({ section: 'orders', because: 'tax_law' });
  await system.runCron('auth');
  await mailTo(system.sandboxOrigin, EMAIL, /Your account is deleted/);
  await expect.soft(asPerson('GET /v1/auth/me')).rejects.toThrow('401');

  // What was on its way when it ended, and mails that waited, are gone soon.
  const left = await poll('the last messages', 30, async () => {
    await system.runCron('auth');
    const found = traces();
    return found.length === 0 ? found : null;
  }).catch(() => traces());
  expect.soft(left).toEqual([]);
  expect
    .soft(system.logs.filter(({ message }) => message.includes(MARKER)).map(({ message }) => message))
    .toEqual([]);

  const kept = await api<Order>(system.origin, `GET /v1/orders/${orders[0]?.id}`, {
    token: admin.accessToken,
  });
  expect([kept.total, kept.number, kept.state]).toEqual([orders[0]?.total, orders[0]?.number, 'completed']);
  await comesBackErased(backedUpAt);
});
