import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Order } from '#shared/contracts/http/orders.ts';
import { signUp } from '../lib/accounts.ts';
import { api } from '../lib/api.ts';
import { newSecrets } from '../lib/local-settings.ts';
import { newSignIns } from '../lib/seed.ts';
import { MEMORY_FOLDER } from '../lib/system.ts';
import { World } from '../scenarios/world.ts';
import { Customer, KINDS, type Kind, type Purchase, type Shelf } from './buyer.ts';
import { freePort, KillableSystem } from './process.ts';
import { type Ended, type LimitedPromotion, type StockedProduct, violationsOf } from './verdict.ts';

export interface KillOptions {
  /** How often it is killed. */
  rounds: number;
  buyers: number;
  seed: number;
  onStep?: (text: string) => void;
}
export interface KillReport {
  rounds: number;
  seed: number;
  /** Kills that met the system while it was still starting. */
  killedStarting: number;
  purchases: number;
  /** Refused for want of stock: there is no order. */
  refused: number;
  ends: Record<string, number>;
  kinds: Record<string, number>;
  sweeps: number;
  violations: string[];
  seconds: number;
}

/** How long it serves before it is killed. */
const SERVES_MS = { least: 200, most: 6_000 } as const;
/** Now and then it is killed while it starts, this long after its process did. */
const STARTING = { share: 0.25, mostMs: 3_000 } as const;
const SCARCE_UNITS = 12;
const COUPON_USES = 6;
const CODE = 'SURVIVOR10';
const PLENTY_UNITS = 1_000_000;
/** Until everything must have ended after the last kill, sweeps every few seconds. */
const SETTLE_MS = 420_000;
const SWEEP_EVERY_MS = 3_000;
const OPEN: ReadonlySet<Order['state']> = new Set<Order['state']>([
  'placing',
  'awaiting_payment',
  'provisioning',
  'capturing',
  'compensating',
]);

/**
 * Buys without pause from a system that is killed again and again at random instants, its outside world with it, lets it
 * come to rest and judges what is left. State lies in one folder, as a disk that survives the power cut.
 */
export async function proveKill(options: KillOptions): Promise<KillReport> {
  const started = Date.now();
  const folder = mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-kill-'));
  const secrets = newSecrets();
  const system = new KillableSystem({
    persistTo: folder,
    port: await freePort(),
    sandboxPort: await freePort(),
    secrets,
  });
  const signIns = newSignIns();
  const step = options.onStep ?? (() => {});
  try {
    await system.start(signIns).ready;
    const world = new World({ ...addresses(system), secrets, signIns, onStep: () => undefined });
    const { shelf, ...shop } = await stock(world);
    const market = new Market(options, shelf, await customers(system, options.buyers));
    step(`open, ${options.buyers} buyers`);
    market.open();
    const killedStarting = await killRounds(system, options, step);
    const purchases = await market.close();
    step(`${purchases.length} purchases made; waiting for every order to end`);
    const { ended, sweeps } = await settle(system, purchases);
    const violations = await violationsOf(world, ended, shop);
    return {
      rounds: options.rounds,
      seed: options.seed,
      killedStarting,
      purchases: purchases.length,
      refused: purchases.length - ended.length,
      ends: tally(ended.map(({ order }) => order.state)),
      kinds: tally(purchases.map(({ kind }) => kind)),
      sweeps,
      violations,
      seconds: Math.round((Date.now() - started) / 1_000),
    };
  } finally {
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const addresses = ({ origin, sandboxOrigin }: KillableSystem) => ({ origin, sandboxOrigin });

async function stock(
  world: World,
): Promise<{ shelf: Shelf; stocked: StockedProduct[]; promotion: LimitedPromotion }> {
  const [licence, service, scarce] = await Promise.all([
    world.licence({ onHand: PLENTY_UNITS }),
    world.service('basic'),
    world.licence({ onHand: SCARCE_UNITS }),
  ]);
  const { accessToken: token } = await world.operator();
  const promotion = await api<{ id: string }>(world.origin, 'POST /v1/promotions', {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: {
      title: 'Ten per cent off',
      effect: { type: 'percent', ratePpm: 100_000 },
      limitTotal: COUPON_USES,
    },
  });
  await api(world.origin, `POST /v1/promotions/${promotion.id}/codes`, { token, body: { codes: [CODE] } });
  return {
    shelf: { licence, service, scarce, code: CODE },
    promotion: { id: promotion.id, limit: COUPON_USES },
    stocked: [
      { sku: licence.sku, onHand: PLENTY_UNITS },
      { sku: scarce.sku, onHand: SCARCE_UNITS },
    ],
  };
}

const customers = (system: KillableSystem, count: number): Promise<Customer[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const who = { email: `killed-${index}@example.org`, password: `vivid ${crypto.randomUUID()}` };
      return new Customer(addresses(system), who, await signUp(addresses(system), who));
    }),
  );

/** Buyers who go on until the market closes, each with one purchase at a time. */
class Market {
  readonly #lanes: (() => Promise<void>)[];
  readonly #purchases: Purchase[] = [];
  #running: Promise<void>[] = [];
  #isOpen = false;

  constructor({ seed }: KillOptions, shelf: Shelf, buyers: readonly Customer[]) {
    this.#lanes = buyers.map((buyer, lane) => async () => {
      const random = randomFrom(seed * 1_000 + lane);
      while (this.#isOpen) {
        const kind = KINDS[Math.floor(random() * KINDS.length)] as Kind;
        this.#purchases.push(await buyer.buy(kind, shelf, random));
      }
    });
  }

  open(): void {
    this.#isOpen = true;
    this.#running = this.#lanes.map((lane) => lane());
  }
  async close(): Promise<Purchase[]> {
    this.#isOpen = false;
    await Promise.all(this.#running);
    return this.#purchases;
  }
}

/** Answers how often it was killed before it was up. In the end it is up. */
async function killRounds(
  system: KillableSystem,
  { rounds, seed }: KillOptions,
  step: (text: string) => void,
): Promise<number> {
  const random = randomFrom(seed);
  let killedStarting = 0;
  let up: Promise<boolean> = Promise.resolve(true);
  for (let round = 1; round <= rounds; round += 1) {
    const whileStarting = random() < STARTING.share && round > 1;
    const serves = SERVES_MS.least + random() * (SERVES_MS.most - SERVES_MS.least);
    const lifeMs = Math.round(whileStarting ? random() * STARTING.mostMs : serves);
    if (!whileStarting) await up;
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    const wasUp = await Promise.race([up, Promise.resolve(false)]);
    await system.kill();
    if (!wasUp) killedStarting += 1;
    step(`killed ${round} of ${rounds}, ${lifeMs} ms after its ${whileStarting ? 'start' : 'first answer'}`);
    up = system.start().ready;
    up.catch(() => undefined);
  }
  if (!(await up)) throw new Error('the system did not come up after the last kill');
  return killedStarting;
}

/** Sweeps as the clock does until every order has ended, or it takes too long. */
async function settle(
  system: KillableSystem,
  purchases: readonly Purchase[],
): Promise<{ ended: Ended[]; sweeps: number }> {
  const until = Date.now() + SETTLE_MS;
  const ended = new Map<Purchase, Ended>();
  const accepted = purchases.filter(({ order }) => order !== null);
  for (let sweeps = 1; ; sweeps += 1) {
    await system.sweep();
    await Promise.all(
      accepted.map(async (purchase) => {
        const present = ended.get(purchase);
        if (present !== undefined && !OPEN.has(present.order.state)) return;
        const order = await purchase.customer.ask<Order>(`GET /v1/orders/${purchase.order?.id ?? ''}`);
        ended.set(purchase, { purchase, order });
      }),
    );
    const open = [...ended.values()].filter(({ order }) => OPEN.has(order.state));
    if (open.length === 0 || Date.now() > until) {
      await new Promise((resolve) => setTimeout(resolve, SWEEP_EVERY_MS));
      return { ended: [...ended.values()], sweeps };
    }
    await new Promise((resolve) => setTimeout(resolve, SWEEP_EVERY_MS));
  }
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
