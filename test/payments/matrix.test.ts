import { afterAll, beforeAll, expect, it } from 'vitest';
import { api } from '../../scripts/lib/api.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { World } from '../../scripts/scenarios/world.ts';
import { type Combination, COMBINATIONS, nameOf, WEBHOOKS } from './dimensions.ts';
import { endingOf } from './expected.ts';
import { Play } from './play.ts';
import { impossibleBecause, oneOfEachRow, POSSIBLE, rowOf } from './possible.ts';
import { Shop, Watcher } from './shop.ts';
import { faultsOf } from './verdict.ts';

const CUSTOMERS = 12;
/** Orders that are being placed and paid at the same time; any number may wait for their end. */
const AT_ONCE = 10;
const RECONCILE_EVERY_MS = 3_000;
/** An access token lasts ten minutes, and a run on a busy machine longer. */
const SIGNED_IN_ANEW_EVERY_MS = 180_000;
/** For a run that hangs: hundreds of orders side by side take minutes, many on a busy machine. */
const RUN_LIMIT_MS = 1_200_000;

/** Given by `npm run prove:payments`: all combinations whose names match. Without it a part is run, see `oneOfEachRow`. */
const ASKED = process.env['MATRIX'];
const RUN =
  ASKED === undefined ? oneOfEachRow() : POSSIBLE.filter((each) => new RegExp(ASKED).test(nameOf(each)));
const secrets = newSecrets();
const signIns = newSignIns();
let system: System;
let shop: Shop;
let watcher: Watcher;
let signingIn: NodeJS.Timeout;
let signedIn: Promise<void> = Promise.resolve();

beforeAll(async () => {
  system = await startSystem({ secrets, seed: signIns });
  shop = new Shop(new World({ ...system, signIns, secrets, onStep: () => undefined }));
  const free = RUN.filter(({ method }) => method === 'nothing').length;
  await shop.open({ customers: CUSTOMERS, units: RUN.length - free, free });
  watcher = new Watcher(shop);
  signingIn = setInterval(() => {
    signedIn = shop.staySignedIn();
  }, SIGNED_IN_ANEW_EVERY_MS);
});
afterAll(async () => {
  watcher.stop();
  clearInterval(signingIn);
  await signedIn;
  await system.stop();
});

/** At most so many at once; the others wait for their turn. */
function gate(width: number) {
  const waiting: (() => void)[] = [];
  let free = width;
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
const inTurn = gate(AT_ONCE);

/** Null when it ends as it should, else what does not fit. */
async function run(combination: Combination, number: number): Promise<string | null> {
  try {
    const play = new Play(shop, combination, number);
    const order = await inTurn(() => play.order());
    const ending = endingOf(combination);
    if (play.happensAfterwards) {
      await play.until(order, `${order.id} to be completed`, () =>
        watcher.until(order.id, 1, ({ state }) => state === 'completed').catch(() => null),
      );
      await inTurn(() => play.afterwards(order));
    }
    await play
      .until(order, `${order.id} to be ${ending.states.join(' or ')}`, () =>
        watcher
          .until(
            order.id,
            1,
            ({ state, paymentStatus }) =>
              ending.states.includes(state) && ending.paymentStatus.includes(paymentStatus),
          )
          .catch(() => null),
      )
      .catch(() => undefined);
    const faults = await settledFaults(play, order);
    return faults.length === 0 ? null : `${nameOf(combination)} [${order.id}]: ${faults.join('; ')}`;
  } catch (error) {
    return `${nameOf(combination)}: ${String(error).slice(0, 400)}`;
  }
}

/** The books, and what only the order's disputes show, may be behind its state. */
async function settledFaults(play: Play, order: Parameters<typeof faultsOf>[2]): Promise<string[]> {
  let faults: string[] = [];
  for (let tries = 0; tries < 40; tries += 1) {
    await play.nudge(order);
    faults = await inTurn(() => faultsOf(shop.world, play, order));
    if (faults.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  }
  return faults;
}

async function runAll(combinations: readonly Combination[]): Promise<string[]> {
  const started = Date.now();
  const results = await Promise.all(combinations.map((each, number) => run(each, number)));
  const wrong = results.filter((result) => result !== null);
  console.log(
    `${combinations.length} combinations run in ${Math.round((Date.now() - started) / 1000)} s, ${wrong.length} wrong`,
  );
  return wrong;
}

it('each combination is run or has its reason', () => {
  const reasons = new Map<string, number>();
  for (const each of COMBINATIONS) {
    const reason = impossibleBecause(each);
    if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const impossible = COMBINATIONS.length - POSSIBLE.length;
  console.log(
    JSON.stringify({
      combinations: COMBINATIONS.length,
      impossible,
      possible: POSSIBLE.length,
      run: RUN.length,
    }),
  );
  for (const [reason, count] of reasons) console.log(`  ${String(count).padStart(5)}  ${reason}`);
  expect(POSSIBLE.length).toBeGreaterThan(250);
  expect(RUN).not.toEqual([]);
});

it('the part that is run has every method, outcome and capture, and of each method every way its webhooks can arrive', () => {
  const part = oneOfEachRow();
  expect(new Set(part.map(rowOf))).toEqual(new Set(POSSIBLE.map(rowOf)));
  const ways = (all: readonly Combination[]) =>
    new Set(all.map(({ method, webhooks }) => `${method} · ${webhooks}`));
  expect(ways(part)).toEqual(ways(POSSIBLE));
  for (const way of WEBHOOKS)
    expect(part.filter(({ webhooks }) => webhooks === way).length).toBeGreaterThan(15);
});

it(
  'every payment ends as it should, with webhooks in order, reversed and duplicated',
  async () => {
    expect(await runAll(RUN.filter(({ webhooks }) => !webhooks.startsWith('dropped')))).toEqual([]);
  },
  RUN_LIMIT_MS,
);

it(
  'every payment ends as it should when no webhook ever arrives and reconciliation finds what happened',
  async () => {
    const reconciling = setInterval(() => void reconcile(), RECONCILE_EVERY_MS);
    try {
      expect(await runAll(RUN.filter(({ webhooks }) => webhooks.startsWith('dropped')))).toEqual([]);
    } finally {
      clearInterval(reconciling);
    }
  },
  RUN_LIMIT_MS,
);

const HOUR_MS = 3_600_000;
async function reconcile(): Promise<void> {
  const { accessToken: token } = await shop.world.operator();
  const [from, to] = [Date.now() - HOUR_MS, Date.now() + HOUR_MS].map((at) => new Date(at).toISOString());
  await api(system.origin, 'POST /v1/reconciliations', { token, body: { from, to } }).catch(() => undefined);
}
