/**
 * Does the Product Store become slower with what it holds? The same questions to stores of different sizes, each over two
 * databases in the real runtime: what one operation costs in trips, statements, rows read, and time as a ratio to the
 * smallest size. Then checks of entitlements per second over HTTP, in turns with a worker that does nothing but answer the same
 * bytes. Rows are written by SQL while nothing runs. Prints one JSON line a size and kind.
 *
 * Usage: npm run bench:store [-- --sizes 10000,1000000 --asked 300]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { parseArguments, refuse } from '../scripts/lib/arguments.ts';
import { builtModules, wrangler } from '../scripts/lib/build.ts';
import { migrate } from '../scripts/lib/migrate.ts';
import { MEMORY_FOLDER } from '../scripts/lib/system.ts';
import { ROOT, STATE_FOLDER } from '../scripts/lib/workers.ts';
import { startBareWorker } from './bare-worker.ts';
import { loadBeside } from './measure.ts';
import { sampleAt, writeInstances } from './store-rows.ts';

const USAGE = 'Usage: npm run bench:store [-- --sizes 10000,1000000 --asked 300]';
const { values } = parseArguments(USAGE, {
  options: { sizes: { type: 'string', default: '10000,1000000' }, asked: { type: 'string', default: '300' } },
});
const sizes = values.sizes.split(',').map(Number);
const asked = Number(values.asked);
if ([...sizes, asked].some((each) => !Number.isInteger(each) || each < 100)) refuse(USAGE);

interface Cost {
  ms: number;
  trips: number;
  statements: number;
  rowsRead: number;
}

const built = path.join(STATE_FOLDER, 'build/bench-store');
const config = path.join(ROOT, 'bench/store/wrangler.toml');
await wrangler(['deploy', '--dry-run', '-c', config, '--outdir', built]);
const start = (folder: string): Miniflare =>
  new Miniflare({
    ...convertV4MiniflareOptions({
      modulesRoot: built,
      modules: builtModules(built),
      compatibilityDate: '2026-10-20',
      compatibilityFlags: ['nodejs_compat'],
      d1Databases: { STORE_DB: 'home', STORE_DB_2: 'other' },
      cf: false,
      log: new Log(LogLevel.ERROR),
      logRequests: false,
      handleStructuredLogs: () => {},
    }),
    resourcePersistencePath: folder,
  });

const PARALLEL = 16;
const LOADED_SECONDS = 16;
/** How a check is answered: by the truth each time, or as remembered for a while. */
const CONSISTENCIES = ['strong', 'cached'];
const bare = await startBareWorker();

/** Checks of other licences one after the other. */
async function loadChecks(origin: URL, size: number): Promise<void> {
  for (const consistency of CONSISTENCIES) {
    const url = new URL(`/check?consistency=${consistency}`, origin).href;
    const body = await (await fetch(url)).text();
    const [, { perSecond, ofBare, p99Ms }] = await loadBeside(
      { yardstick: 'bare worker', measured: `check, ${consistency}` },
      { yardstick: await bare.serve('check', body), measured: url },
      PARALLEL,
      LOADED_SECONDS,
    );
    console.log(
      JSON.stringify({
        instances: size,
        kind: `check, ${consistency}`,
        perSecond: Math.round(perSecond),
        p99Ms,
        ofBare: Number((ofBare ?? 0).toFixed(2)),
      }),
    );
  }
}

async function measure(size: number): Promise<Record<string, Cost>> {
  const folder = mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-store-'));
  try {
    const empty = start(folder);
    for (const name of ['STORE_DB', 'STORE_DB_2']) {
      const database = await empty.getD1Database(name);
      await migrate(database, path.join(ROOT, 'migrations/store'));
      await database.prepare(`CREATE TABLE bench_name AS SELECT '${name}' AS name`).run();
    }
    await empty.dispose();
    writeInstances(folder, size);
    const runtime = start(folder);
    try {
      const step = Math.floor(size / asked);
      const samples = Array.from({ length: asked }, (_, index) => sampleAt(index * step + (step >> 1), size));
      const response = await runtime.dispatchFetch('http://bench/', {
        method: 'POST',
        body: JSON.stringify(samples),
      });
      if (!response.ok) throw new Error(await response.text());
      const costs = (await response.json()) as Record<string, Cost>;
      await loadChecks(await runtime.ready, size);
      return costs;
    } finally {
      await runtime.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let first: Record<string, Cost> | null = null;
for (const size of sizes) {
  const costs = await measure(size);
  first ??= costs;
  for (const [kind, { ms, ...counts }] of Object.entries(costs)) {
    const ratio = ms / (first[kind]?.ms ?? ms);
    console.log(JSON.stringify({ instances: size, kind, ...counts, timeRatio: Number(ratio.toFixed(2)) }));
  }
}
await bare.stop();
