import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Order } from '#shared/contracts/http/orders.ts';
import { signIn, type SignIn, signUp, type Tokens } from '../scripts/lib/accounts.ts';
import { api } from '../scripts/lib/api.ts';
import { runtimeCpuMs } from '../scripts/lib/processes.ts';
import { newSecrets } from '../scripts/lib/local-settings.ts';
import { newSignIns } from '../scripts/lib/seed.ts';
import { MEMORY_FOLDER, startSystem, type System } from '../scripts/lib/system.ts';
import { type ScenarioProduct, World } from '../scripts/scenarios/world.ts';
import { loop, type Measured } from './measure.ts';
import { multiplyOrder } from './past-orders.ts';

export interface Growth {
  /** Rows with few and with many past orders, in the order they were measured. */
  rows: Measured[];
  /** Rate with many past orders, as a share of the rate with few. */
  ratios: Record<'purchase' | 'list of orders', number>;
  /**
   * CPU time of the runtime for one purchase, in milliseconds: what does not depend on what else the machine does. Null
   * where the system does not tell it.
   */
  cpuMs: { few: number; many: number } | null;
  few: number;
  many: number;
  /** Rows written for the past orders, by table. */
  written: Record<string, number>;
}

const GROWTH = 100;
const LANES = 4;
/** Measured alternately, so that a machine that slows down does not count for one side. */
const TURNS = 2;

const secrets = newSecrets();
const signIns = newSignIns();
const buyers: SignIn[] = Array.from({ length: LANES }, (_, index) => ({
  email: `bench-${index}@example.org`,
  password: `vivid ${crypto.randomUUID()}`,
}));

/** Does the shop become slower with each order it ever took? The same system with `many` past orders and a hundredth of it. */
export async function measureGrowth(many: number, seconds: number): Promise<Growth> {
  const root = mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-growth-'));
  const folders = { few: path.join(root, 'few'), many: path.join(root, 'many') };
  const few = Math.max(1, Math.round(many / GROWTH));
  try {
    const { product, template } = await openShop(folders.few, few);
    cpSync(folders.few, folders.many, { recursive: true });
    const written = multiplyOrder(folders.many, template, many - few);
    const rows: Measured[] = [];
    const cpu = { few: new Spent(), many: new Spent() };
    for (let turn = 1; turn <= TURNS; turn += 1) {
      for (const side of ['few', 'many'] as const) {
        const past = `${side === 'few' ? few : many} past orders`;
        rows.push(...(await measure({ folder: folders[side], product, past, seconds, cpu: cpu[side] })));
      }
    }
    return {
      rows,
      few,
      many,
      written,
      cpuMs: Number.isFinite(cpu.few.each() + cpu.many.each())
        ? { few: cpu.few.each(), many: cpu.many.each() }
        : null,
      ratios: { purchase: ratio(rows, 'purchase'), 'list of orders': ratio(rows, 'list of orders') },
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Makes the first orders, for real, and stops. */
async function openShop(folder: string, orders: number) {
  const system = await startSystem({ secrets, seed: signIns, persistTo: folder });
  try {
    const world = worldOf(system);
    const product = await world.licence({ onHand: 1_000_000 });
    const customers = await Promise.all(buyers.map((who) => signUp(system, who)));
    const made: Order[] = [];
    await Promise.all(
      customers.map(async (customer) => {
        while (made.length < orders) made.push(await buy(world, customer, product));
      }),
    );
    const [first] = made;
    const line = first?.lines[0];
    if (first === undefined || line === undefined || line.instanceId === null)
      throw new Error('nothing was bought');
    return { product, template: { orderId: first.id, lineId: line.id, instanceId: line.instanceId } };
  } finally {
    await system.stop();
  }
}

/** CPU time over purchases. */
class Spent {
  #ms = 0;
  #purchases = 0;
  add(ms: number, purchases: number): void {
    this.#ms += ms;
    this.#purchases += purchases;
  }
  each(): number {
    return this.#ms / this.#purchases;
  }
}

interface Turn {
  folder: string;
  product: ScenarioProduct;
  past: string;
  seconds: number;
  cpu: Spent;
}

async function measure({ folder, product, past, seconds, cpu }: Turn): Promise<Measured[]> {
  const system = await startSystem({ secrets, persistTo: folder });
  try {
    const world = worldOf(system);
    const customers = await Promise.all(buyers.map((who) => signIn(system.origin, who)));
    const of = (lane: number): Tokens => customers[lane] as Tokens;
    let bought = 0;
    const once = async (lane: number): Promise<void> => {
      await buy(world, of(lane), product);
      bought += 1;
    };
    // The first purchases of a process find every cache empty.
    await loop('warm', LANES, 1, once);
    const [before, boughtBefore] = [runtimeCpuMs() ?? Number.NaN, bought];
    const purchases = await loop(`purchase, ${past}`, LANES, seconds, once);
    cpu.add((runtimeCpuMs() ?? Number.NaN) - before, bought - boughtBefore);
    const lists = await loop(`list of orders, ${past}`, LANES, seconds / 2, async (lane) => {
      await api(system.origin, 'GET /v1/orders?state=completed', { token: of(lane).accessToken });
    });
    return [purchases, lists];
  } finally {
    await system.stop();
  }
}

const worldOf = (system: System): World =>
  new World({ ...system, secrets, signIns, onStep: () => undefined });

/** From `POST` to delivered. */
export async function buy(world: World, customer: Tokens, product: ScenarioProduct): Promise<Order> {
  const order = await world.place(customer, {
    currency: 'EUR',
    lines: [{ variantId: product.variantId, quantity: 1 }],
  });
  await world.pay(order);
  const done = await world.settled(customer, order.id, 'completed', 'needs_operator', 'cancelled');
  if (done.state !== 'completed') throw new Error(`purchase ended ${done.state}`);
  return done;
}

/** Of the sums of both sides' turns. */
function ratio(rows: readonly Measured[], what: string): number {
  const ours = rows.filter((row) => row.what.startsWith(what));
  const sum = (side: number): number =>
    ours.filter((_, index) => index % 2 === side).reduce((total, row) => total + row.perSecond, 0);
  return sum(1) / sum(0);
}
