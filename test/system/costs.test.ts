import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Costs } from '#shared/observability/costs.ts';
import { poll } from '../../scripts/lib/api.ts';
import { importProducts } from '../../scripts/lib/imports.ts';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { type ScenarioProduct, World } from '../../scripts/scenarios/world.ts';

/** A log line that carries costs: a request, a message, an effect, a step, a call between workers. */
interface Spent {
  at: number;
  system: string;
  message: string;
  work?: string;
  method?: string;
  path?: string;
  costs: Costs;
}

const secrets = newSecrets();
const signIns = newSignIns();
const spent: Spent[] = [];
let system: System;
let world: World;
let customer: Tokens;
let product: ScenarioProduct;
let latest: Spent[] | null = null;

beforeAll(async () => {
  system = await startSystem({
    secrets,
    seed: signIns,
    onLog: ({ timestamp, message }) => {
      if (message.includes('"costs":')) {
        spent.push({ ...(JSON.parse(message) as Omit<Spent, 'at'>), at: timestamp });
      }
    },
  });
  world = new World({ ...system, secrets, signIns, onStep: () => undefined });
  customer = await world.newCustomer();
  product = await world.licence({ onHand: 1_000 });
});
afterAll(() => system.stop());

/** Buys one unit in a system where nothing else happens, and answers what all workers logged from the POST to the end. */
async function buy(): Promise<Spent[]> {
  await quiet();
  spent.splice(0);
  const order = await world.place(customer, {
    currency: 'EUR',
    lines: [{ variantId: product.variantId, quantity: 1 }],
  });
  await world.pay(order);
  await world.settled(customer, order.id, 'completed');
  await quiet();
  // What this test asks to see how far the order is, is no part of the purchase.
  latest = spent.filter(({ message, method }) => message !== 'request' || method !== 'GET');
  return latest;
}

/** Waits until no worker has logged anything for a while: longer than the ledger waits for further events of a payment. */
const quiet = () =>
  poll('the system to be idle', 60, async () => (Date.now() - (spent.at(-1)?.at ?? 0) > 6_000 ? true : null));

function sum(all: readonly Spent[]): Omit<Costs, 'd1Statements'> {
  const total = { d1: 0, kv: 0, r2: 0, queues: 0, objects: 0, workflows: 0, services: 0, fetches: 0 };
  for (const { costs } of all) {
    for (const kind of Object.keys(total) as (keyof typeof total)[]) total[kind] += costs[kind];
  }
  return total;
}

/**
 * A purchase of one line by all workers together. Usually it is 47 D1 round trips, 17 sends and 13 object calls; the rest
 * is for a slow machine, where the stock announces a hold and its sale apart, and for the governor of the payment provider,
 * whose lease is renewed every half minute. The first purchase of a customer makes him known to the provider: three round trips
 * and one request more.
 */
const BUDGET = { d1: 54, kv: 1, r2: 0, queues: 19, objects: 15, workflows: 1, services: 17, fetches: 14 };

const overBudget = (costs: Omit<Costs, 'd1Statements'>): string[] =>
  Object.entries(BUDGET).flatMap(([kind, most]) => {
    const count = costs[kind as keyof typeof BUDGET];
    return count > most ? [`${kind}: ${count} of ${most}`] : [];
  });

it('one purchase from POST to delivered stays in its budget, however many orders there are already', async () => {
  const first = sum(await buy());
  expect(overBudget(first)).toEqual([]);
  expect(first.workflows).toBe(1);

  const lines = [{ variantId: product.variantId, quantity: 1 }];
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 4 }, () => world.place(customer, { currency: 'EUR', lines })));
  }
  expect(overBudget(sum(await buy()))).toEqual([]);
});

it('costs no more in a catalogue ten times the size, because a purchase looks up what it buys and nothing else', async () => {
  const { accessToken: token } = await world.operator();
  const products = Array.from({ length: 600 }, (_, index) =>
    JSON.stringify({
      handle: `filler-${index}`,
      kind: 'licence',
      title: `Filler ${index}`,
      fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
      variants: [{ sku: `FILLER-${index}`, prices: [{ amount: 100, currency: 'EUR' }] }],
    }),
  );
  await importProducts({ origin: system.origin, token }, products.join('\n'));
  expect(overBudget(sum(await buy()))).toEqual([]);
});

it('every worker on the way logs what it spends, so that nothing is left out of the sum', async () => {
  const purchase = latest ?? (await buy());
  const systems = new Set(purchase.map(({ system }) => system));
  expect([...systems].sort()).toEqual([
    'auth',
    'catalogue',
    'gateway',
    'payments',
    'provisioner',
    'purchase',
  ]);
});
