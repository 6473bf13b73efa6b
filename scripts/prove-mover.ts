/**
 * Moves shards of the Product Store to and fro between two databases of the real runtime while writers and readers use
 * them, kills the mover at random calls (before, after and without an answer), and compares what is there afterwards with
 * what everybody was told: nothing lost, nothing twice, nothing read that was older than what its reader knew. Prints one
 * JSON line a round and exits non-zero when a rule was broken.
 *
 * Usage: npm run prove:mover -- [--rounds N] [--customers N] [--instances N] [--seed N]
 */
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { parseArguments, refuse } from './lib/arguments.ts';
import { builtModules, wrangler } from './lib/build.ts';
import { migrate } from './lib/migrate.ts';
import { ROOT, STATE_FOLDER } from './lib/workers.ts';

const USAGE = 'Usage: npm run prove:mover -- [--rounds N] [--customers N] [--instances N] [--seed N]';
const { values } = parseArguments(USAGE, {
  options: {
    rounds: { type: 'string', default: '5' },
    customers: { type: 'string', default: '20' },
    instances: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const [rounds, customers, instances, seed] = (['rounds', 'customers', 'instances', 'seed'] as const).map(
  (name) => {
    const count = Number(values[name]);
    return Number.isInteger(count) && count >= 1 ? count : refuse(`--${name} takes a whole number\n${USAGE}`);
  },
) as [number, number, number, number];

const folder = path.join(STATE_FOLDER, 'build/prove-mover');
const config = path.join(ROOT, 'test/mover/wrangler.toml');
await wrangler(['deploy', '--dry-run', '-c', config, '--outdir', folder]);
const runtime = new Miniflare(
  convertV4MiniflareOptions({
    modulesRoot: folder,
    modules: builtModules(folder),
    compatibilityDate: '2026-10-20',
    compatibilityFlags: ['nodejs_compat'],
    d1Databases: { STORE_DB: 'home', STORE_DB_2: 'other' },
    cf: false,
    log: new Log(LogLevel.ERROR),
    logRequests: false,
    handleStructuredLogs: () => {},
  }),
);
try {
  for (const name of ['STORE_DB', 'STORE_DB_2'])
    await migrate(await runtime.getD1Database(name), path.join(ROOT, 'migrations/store'));
  let epoch = 0;
  for (let round = 0; round < rounds; round += 1) {
    const response = await runtime.dispatchFetch('http://prove/', {
      method: 'POST',
      body: JSON.stringify({ seed: seed + round, customers, instances, epoch }),
    });
    const { epoch: last, ...verdict } = (await response.json()) as Verdict;
    epoch = last;
    console.log(JSON.stringify(verdict));
    if (verdict.faults.length > 0 || verdict.steps.some((step) => step !== 'done')) process.exitCode = 1;
  }
} finally {
  await runtime.dispose();
}

interface Verdict {
  steps: string[];
  faults: string[];
  epoch: number;
}
