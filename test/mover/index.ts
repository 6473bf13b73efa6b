import { newMove } from '#objects/shard-mover/move.ts';
import { HOME, storeDatabases } from '#shared/db/store-databases.ts';
import { newId } from '#shared/ids/ids.ts';
import { labelOfShard } from '#shared/ids/shard.ts';
import { diceOf, moveWithKills } from '../../workers/provisioner/testing/killed-mover.ts';
import { StoreLoad } from '../../workers/provisioner/testing/store-load.ts';

const OTHER = 'STORE_DB_2';

/** One round, beside the databases: `seed`, `customers`, `instances` (of each) and `epoch`, above that of the round before. */
export default {
  async fetch(request: Request, env: object): Promise<Response> {
    const { seed, customers, instances, epoch } = await request.json<Record<string, number>>();
    return Response.json(await round(env, { seed, customers, instances, epoch } as Round));
  },
};

interface Round {
  seed: number;
  customers: number;
  instances: number;
  epoch: number;
}

async function round(env: object, { seed, customers, instances, epoch }: Round) {
  const databases = storeDatabases(env);
  const dice = diceOf(seed);
  const shard = dice(256);
  const load = new StoreLoad(databases, dice);
  await load.fill(labelOfShard(shard), customers, instances);
  await load.fill(labelOfShard((shard + 1) % 256), 3, 5);
  const running = load.run(6, 6);
  const kills: Record<string, number> = {};
  const steps: string[] = [];
  let last = epoch;
  for (const [from, to] of [
    [HOME, OTHER],
    [OTHER, HOME],
  ] as const) {
    const move = newMove({ id: newId('shardMove'), shard, from, to, requestedBy: 'proof', requestedAt: 0 });
    const played = await moveWithKills(move, databases, dice, () => undefined, last);
    last = played.epoch;
    steps.push(played.move.step);
    for (const [step, count] of Object.entries(played.kills)) kills[step] = (kills[step] ?? 0) + count;
  }
  load.stop();
  await running;
  const rows = await load.check();
  return { seed, shard, steps, kills, ...load.counts, rows, faults: load.faults.slice(0, 5), epoch: last };
}
