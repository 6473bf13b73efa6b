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
import { newMove } from '#objects/shard-mover/move.ts';
import { HOME } from '#shared/db/store-databases.ts';
import { newId } from '#shared/ids/ids.ts';
import { labelOfShard } from '#shared/ids/shard.ts';
import { diceOf, moveWithKills } from '../workers/provisioner/testing/killed-mover.ts';
import { StoreLoad } from '../workers/provisioner/testing/store-load.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { migrate } from './lib/migrate.ts';
import { ROOT } from './lib/workers.ts';

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

const OTHER = 'STORE_DB_2';
const runtime = new Miniflare(
  convertV4MiniflareOptions({
    cf: false,
    log: new Log(LogLevel.ERROR),
    modules: [{ type: 'ESModule' as const, path: 'none.js', contents: 'export default {};' }],
    d1Databases: { [HOME]: 'home', [OTHER]: 'other' },
  }),
);
try {
  const databases = new Map<string, D1Database>();
  for (const name of [HOME, OTHER]) {
    const database = await runtime.getD1Database(name);
    await migrate(database, path.join(ROOT, 'migrations/store'));
    databases.set(name, database);
  }
  let epoch = 0;
  for (let round = 0; round < rounds; round += 1) {
    const dice = diceOf(seed + round);
    const shard = dice(256);
    const load = new StoreLoad(databases, dice);
    await load.fill(labelOfShard(shard), customers, instances);
    await load.fill(labelOfShard((shard + 1) % 256), 3, 5);
    const running = load.run(6, 6);
    const kills: Record<string, number> = {};
    const steps: string[] = [];
    for (const [from, to] of [
      [HOME, OTHER],
      [OTHER, HOME],
    ] as const) {
      const move = newMove({ id: newId('shardMove'), shard, from, to, requestedBy: 'proof', requestedAt: 0 });
      const played = await moveWithKills(move, databases, dice, () => undefined, epoch);
      epoch = played.epoch;
      steps.push(played.move.step);
      for (const [step, count] of Object.entries(played.kills)) kills[step] = (kills[step] ?? 0) + count;
    }
    load.stop();
    await running;
    const rows = await load.check();
    const faults = load.faults.slice(0, 5);
    console.log(JSON.stringify({ seed: seed + round, shard, steps, kills, ...load.counts, rows, faults }));
    if (faults.length > 0 || steps.some((step) => step !== 'done')) process.exitCode = 1;
  }
} finally {
  await runtime.dispose();
}
