/**
 * Moves logical shards of the Product Store to another database, one after the other, while they are read and written, and
 * tells how far it is. Ended at any time, the move under way goes on by itself.
 *
 *   npm run store:move -- --shard 17 --to STORE_DB_2
 *   npm run store:move -- --shard 0-127 --to STORE_DB_2
 *
 * Signs in as the local operator, or as --email/--password at --url.
 */
import type { ShardMove } from '#shared/contracts/http/store.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { api } from './lib/api.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const USAGE = `Usage: npm run store:move -- --shard N[-M] --to STORE_DB_2 [${OPERATOR_USAGE}]`;
const { values } = parseArguments(USAGE, {
  options: { ...OPERATOR_OPTIONS, shard: { type: 'string' }, to: { type: 'string' } },
});
const { to } = values;
const range = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(values.shard ?? '');
if (range === null || to === undefined) refuse(USAGE);
const [first, last] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
const { origin, token } = await asOperator(values);
const OVER = new Set(['done', 'cancelled', 'failed']);

for (let shard = first; shard <= last; shard += 1) {
  const body = { shard, to };
  const started = await api<ShardMove>(origin, 'POST /v1/provisioning/store/moves', {
    token: await token(),
    body,
  });
  const move = await followed(started);
  console.log(JSON.stringify({ shard, to, step: move.step, ...move.counts, error: move.error ?? undefined }));
  if (move.step !== 'done') process.exitCode = 1;
}

async function followed(started: ShardMove): Promise<ShardMove> {
  let move = started;
  let told = '';
  while (!OVER.has(move.step)) {
    if (move.step !== told) console.error(`shard ${move.shard}: ${move.step}`);
    told = move.step;
    await new Promise((resolve) => setTimeout(resolve, 250));
    move = await api<ShardMove>(origin, `GET /v1/provisioning/store/moves/${move.id}`, {
      token: await token(),
    });
  }
  return move;
}
