/**
 * K units, ten times as many buyers at once: the real Stock objects in the real runtime, with shards, cancellations,
 * returns, late payments and holds that run out. Never more than K are sold, and all K once demand suffices. Prints one
 * JSON line of counts and exits non-zero when a rule was broken.
 *
 * Usage: npm run prove:stock -- [--units K] [--shards N] [--rounds R]
 */
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { type Ending, type Habit, HABITS } from '#objects/stock/testing/buyers.ts';
import type { StockLevel } from '#shared/contracts/http/stock.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { builtModules, wrangler } from './lib/build.ts';
import { ROOT, STATE_FOLDER } from './lib/workers.ts';

const USAGE = 'Usage: npm run prove:stock -- [--units K] [--shards N] [--rounds R]';
const { values } = parseArguments(USAGE, {
  options: {
    units: { type: 'string', default: '500' },
    shards: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '1' },
  },
});
const [units, shards, rounds] = (['units', 'shards', 'rounds'] as const).map((name) => {
  const count = Number(values[name]);
  if (Number.isInteger(count) && count >= 1 && (name !== 'shards' || count <= 32)) return count;
  return refuse(`--${name} takes a whole number, not ${values[name]}\n${USAGE}`);
}) as [number, number, number];

/** Buyers of one request, and requests under way at once. */
const TOGETHER = 20;
const LANES = 16;
const WAVES_MAX = 200;

const folder = path.join(STATE_FOLDER, 'build/prove-stock');
await wrangler([
  'deploy',
  '--dry-run',
  '-c',
  path.join(ROOT, 'test/stock/wrangler.toml'),
  '--outdir',
  folder,
]);
const runtime = new Miniflare(
  convertV4MiniflareOptions({
    modulesRoot: folder,
    modules: builtModules(folder),
    compatibilityDate: '2026-10-20',
    compatibilityFlags: ['nodejs_compat'],
    durableObjects: {
      STOCK: { className: 'Stock', useSQLite: true },
      ORDER: { className: 'Order', useSQLite: true },
    },
    queueProducers: { STOCK_EVENTS: 'stock-events' },
    cf: false,
    log: new Log(LogLevel.ERROR),
    logRequests: false,
    handleStructuredLogs: () => {},
  }),
);
const origin = await runtime.ready;

async function ask(body: object): Promise<{ endings: Ending[]; level: StockLevel | null }> {
  const response = await fetch(origin, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as { endings: Ending[]; level: StockLevel | null };
}

const counts: Record<Ending | 'buyers', number> = {
  buyers: 0,
  sold: 0,
  refused: 0,
  'gave back': 0,
  expired: 0,
};
/** All of them at once; returns how many bought. */
async function wave(sku: string, habits: readonly Habit[]): Promise<number> {
  let sold = 0;
  const parts = Array.from({ length: Math.ceil(habits.length / TOGETHER) }, (_, part) =>
    habits.slice(part * TOGETHER, (part + 1) * TOGETHER),
  );
  const lane = async (): Promise<void> => {
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const { endings } = await ask({ sku, shards, habits: part });
      for (const ending of endings) counts[ending] += 1;
      counts.buyers += endings.length;
      sold += endings.filter((ending) => ending === 'sold').length;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return sold;
}

const violations: string[] = [];
const started = Date.now();
for (let round = 0; round < rounds; round += 1) {
  const sku = `PROVED-${round}`;
  await ask({ sku, shards, units });
  let sold = await wave(
    sku,
    Array.from({ length: units * 10 }, (_, index) => HABITS[index % HABITS.length] ?? 'buys'),
  );
  const more = Array.from({ length: Math.max(TOGETHER, Math.ceil(units / 10)) }, (): Habit => 'buys');
  for (let waves = 0; sold < units && waves < WAVES_MAX; waves += 1) sold += await wave(sku, more);
  if (sold !== units) violations.push(`${sku}: ${sold} sold of ${units}`);
  if ((await wave(sku, ['buys'])) > 0) violations.push(`${sku}: one more was sold than there were`);
  const left = await settled(sku);
  if (left !== 'nothing') violations.push(`${sku}: ${left} left over`);
}

/** Shards report within a second. */
async function settled(sku: string): Promise<string> {
  const until = Date.now() + 20_000;
  for (;;) {
    const { level } = await ask({ sku, shards });
    if (level?.onHand === 0 && level.held === 0) return 'nothing';
    if (Date.now() > until) return `${level?.onHand} on hand, ${level?.held} held`;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

await runtime.dispose();
const seconds = (Date.now() - started) / 1000;
console.log(
  JSON.stringify({ units: units * rounds, shards, ...counts, violations: violations.length, seconds }),
);
for (const violation of violations) console.error(violation);
process.exitCode = violations.length > 0 ? 1 : 0;
