import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readSchema } from '#shared/backup/schema.ts';
import { signIn, signUp, type SignIn, type Tokens } from '../lib/accounts.ts';
import { api, poll } from '../lib/api.ts';
import { newSecrets } from '../lib/local-settings.ts';
import { withDatabases } from '../lib/migrate-local.ts';
import { newSignIns } from '../lib/seed.ts';
import { MEMORY_FOLDER, startSystem, type System } from '../lib/system.ts';
import { World } from '../scenarios/world.ts';
import { BEGUN } from '../../workers/auth/queries/end-restored.ts';
import { restoreAll } from './put-back.ts';
import { backUpAll, TAKEN } from './take.ts';

export interface DrillResult {
  databases: number;
  rows: number;
  orders: number;
  /** Between the instant of the oldest database's backup and the disaster. */
  rpoSeconds: number;
  /** From the disaster until everything answers as before. */
  rtoSeconds: number;
  backupSeconds: number;
}

/** Not compared: made again from the products (its answers are compared), what each request of the drill adds, what ends. */
const NOT_COMPARED = new Set([
  'SEARCH_DB',
  ...['audit_log', 'sessions', 'revocations', ...Object.keys(BEGUN)].map((table) => `AUTH_DB.${table}`),
]);
const QUIET_MS = 2_000;
/** Under which the first order is placed, and after the disaster again. */
const KEY = 'sent-before-and-after';
const licences = (variantId: string) => ({ currency: 'EUR', lines: [{ variantId, quantity: 1 }] });

type Content = Map<string, string[]>;

/**
 * The exercise of a total loss: customers buy while a backup is taken, everything is deleted but the backups and the world
 * outside, and put back into new databases. Throws when anything is not as it was, row by row.
 */
export async function drill(orders: number, told: (text: string) => void): Promise<DrillResult> {
  const folder = mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-drill-'));
  const secrets = newSecrets();
  const signIns = newSignIns();
  let system: System = await startSystem({ secrets, seed: signIns, persistTo: folder });
  const ports = {
    port: Number(new URL(system.origin).port),
    sandboxPort: Number(new URL(system.sandboxOrigin).port),
  };
  const restart = async (overrides: Record<string, string>): Promise<void> => {
    system = await startSystem({
      secrets,
      persistTo: folder,
      ...ports,
      overrides: Object.fromEntries(TAKEN.map((worker) => [worker, overrides])),
    });
  };
  try {
    const world = new World({ ...system, secrets, signIns, onStep: () => undefined });
    const admin = await signIn(system.origin, signIns.admin);
    const operator = await world.operator();
    const token = () => Promise.resolve(admin.accessToken);
    const { variantId } = await world.licence({ onHand: orders + 5 });
    const buyer: SignIn = { email: 'buyer@example.org', password: `vivid ${crypto.randomUUID()}` };
    const customer = await signUp(system, buyer);
    const [ids] = await Promise.all([
      buy(world, customer, variantId, orders, KEY),
      backUpAll({ origin: system.origin, token }, () => undefined),
    ]);
    told(`${orders} orders were placed, paid and delivered while a backup was taken`);
    await bookedUp(world, ids);
    await keepMore(system.origin, { customer, operator, variantId });
    await quiet(system);
    const before = await answers(system.origin, customer, operator, ids);
    const started = Date.now();
    await backUpAll({ origin: system.origin, token }, () => undefined);
    const backupSeconds = (Date.now() - started) / 1_000;
    await system.stop();
    const kept = await contentOf(folder);
    told(`backed up in ${backupSeconds.toFixed(1)} s`);

    const disaster = Date.now();
    wipe(folder);
    await restart({ RESTORE_TOKEN: 'drill' });
    let oldest = disaster;
    const wanted = { origin: system.origin, token: 'drill', at: disaster, replace: false };
    await restoreAll(wanted, ({ takenAt }) => {
      oldest = Math.min(oldest, Date.parse(takenAt));
    });
    await system.stop();
    compare(kept, await contentOf(folder));
    told('every row of every database is as it was');

    await restart({});
    // Who was signed in is so no more.
    const buyerAgain = await signIn(system.origin, buyer);
    const operatorAgain = await signIn(system.origin, signIns.operator);
    await rebuild(system.origin, operatorAgain);
    assert.deepEqual(await answers(system.origin, buyerAgain, operatorAgain, ids), before);
    const rtoSeconds = (Date.now() - disaster) / 1_000;
    const [first = ''] = ids;
    assert.equal(
      (await world.place(buyerAgain, licences(variantId), KEY)).id,
      first,
      'a key means its order',
    );
    told('orders, instances, who uses them, carts, endpoints, stock and search answer as before');
    const [more = ''] = await buy(world, buyerAgain, variantId, 1);
    told(`the shop sells again: ${more}`);
    return {
      databases: new Set([...kept.keys()].map((table) => table.split('.')[0])).size,
      rows: [...kept.values()].reduce((sum, rows) => sum + rows.length, 0),
      orders,
      rpoSeconds: (disaster - oldest) / 1_000,
      rtoSeconds,
      backupSeconds,
    };
  } finally {
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buy(
  world: World,
  customer: Tokens,
  variantId: string,
  count: number,
  firstKey?: string,
): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const order = await world.place(customer, licences(variantId), number === 0 ? firstKey : undefined);
    await world.pay(order);
    await world.settled(customer, order.id, 'completed');
    ids.push(order.id);
  }
  return ids;
}

/** What objects alone keep: who uses an instance, a cart, an endpoint of webhooks. */
async function keepMore(
  origin: string,
  { customer, operator, variantId }: { customer: Tokens; operator: Tokens; variantId: string },
): Promise<void> {
  const as = (tokens: Tokens, body: object, key?: string) => ({
    token: tokens.accessToken,
    body,
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });
  for (const instanceId of await instancesOf(origin, customer)) {
    const device = { fingerprint: `desk of ${instanceId}`, name: 'desk' };
    await api(origin, 'POST /v1/entitlements/activations', as(customer, { instanceId, device }));
  }
  const cart = await api<{ cart: { id: string } }>(
    origin,
    'POST /v1/carts',
    as(customer, { currency: 'EUR' }),
  );
  await api(
    origin,
    `POST /v1/carts/${cart.cart.id}/lines`,
    as(customer, { variantId, quantity: 2 }, crypto.randomUUID()),
  );
  await api(
    origin,
    'POST /v1/webhook-endpoints',
    as(
      operator,
      { url: 'https://receiver.example/in', eventTypes: ['order.refunded'], description: 'books' },
      crypto.randomUUID(),
    ),
  );
}

async function instancesOf(origin: string, customer: Tokens): Promise<string[]> {
  const { items } = await api<{ items: { id: string }[] }>(origin, 'GET /v1/instances?limit=100', {
    token: customer.accessToken,
  });
  return items.map(({ id }) => id);
}

/** Until the ledger, which follows the provider at a distance, has nothing left to ask about. */
async function bookedUp(world: World, ids: string[]): Promise<void> {
  await poll('the ledger to be complete', 120, async () => {
    const ofOrders = await Promise.all(ids.map((id) => world.ledgersOf(id)));
    const areBalanced = ofOrders.every(
      // None yet is not nothing to ask about: a busy machine books an order after it was delivered.
      (ledgers) => ledgers.length > 0 && ledgers.every(({ check }) => check.state === 'balanced'),
    );
    return areBalanced ? true : null;
  });
}

/** Until nothing has been logged for a while: what orders and their like have left behind is done. */
async function quiet(system: System): Promise<void> {
  let seen = -1;
  await poll(
    'quiet',
    60,
    () => {
      const isQuiet = system.logs.length === seen;
      seen = system.logs.length;
      return Promise.resolve(isQuiet ? true : null);
    },
    QUIET_MS,
  );
}

/** What customers and operators are told. */
async function answers(
  origin: string,
  customer: Tokens,
  operator: Tokens,
  ids: string[],
): Promise<unknown[]> {
  const as = (tokens: Tokens, paths: string[]) =>
    Promise.all(paths.map((at) => api(origin, `GET ${at}`, { token: tokens.accessToken })));
  const instances = await instancesOf(origin, customer);
  return [
    await as(
      customer,
      ids.flatMap((id) => [`/v1/orders/${id}`, `/v1/orders/${id}/timeline`]),
    ),
    await as(customer, ['/v1/orders?limit=100', '/v1/instances?limit=100', '/v1/carts/current']),
    await as(
      customer,
      instances.map((id) => `/v1/instances/${id}/use`),
    ),
    await as(operator, ['/v1/webhook-endpoints', '/v1/stock?limit=100', '/v1/products?q=licence&limit=50']),
  ];
}

async function rebuild(origin: string, operator: Tokens): Promise<void> {
  const token = operator.accessToken;
  let done = false;
  while (!done) ({ done } = await api<{ done: boolean }>(origin, 'POST /v1/search/rebuild', { token }));
  let cursor: string | null = null;
  do {
    const body: object = cursor === null ? {} : { cursor };
    const part: { next: string | null } = await api(origin, 'POST /v1/orders/projection/rebuild', {
      token,
      body,
    });
    cursor = part.next;
  } while (cursor !== null);
}

/** Deletes databases, objects, caches and workflows. The bucket stays, and the world outside. */
function wipe(folder: string): void {
  for (const kind of readdirSync(folder)) {
    if (kind === 'r2') continue;
    for (const name of readdirSync(path.join(folder, kind))) {
      if (!name.includes('sandbox')) rmSync(path.join(folder, kind, name), { recursive: true, force: true });
    }
  }
}

/** A digest of each row, by database and table. */
async function contentOf(folder: string): Promise<Content> {
  const content: Content = new Map();
  await withDatabases(folder, async ({ binding }, database) => {
    if (NOT_COMPARED.has(binding)) return;
    for (const { name, columns } of (await readSchema(database)).tables) {
      if (NOT_COMPARED.has(`${binding}.${name}`)) continue;
      const values = columns.map((column) => `"${column}", typeof("${column}")`).join(', ');
      const { results } = await database
        .prepare(`SELECT json_array(${values}) AS row FROM "${name}" ORDER BY 1`)
        .all<{ row: string }>();
      const digests = results.map(({ row }) => createHash('sha256').update(row).digest('hex'));
      content.set(`${binding}.${name}`, digests);
    }
  });
  return content;
}

function compare(kept: Content, found: Content): void {
  const different = [...kept.keys()].filter((table) => String(kept.get(table)) !== String(found.get(table)));
  assert.deepEqual(different, [], 'these tables are not as they were');
}
