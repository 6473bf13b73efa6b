import { parentPort } from 'node:worker_threads';
import { play } from './history.ts';
import { add, type ChunkResult, NOTHING } from './run.ts';

/** Plays chunks of seeds for `simulate`. */
parentPort?.on('message', (seeds: { from: number; to: number }) => {
  void playAll(seeds).then((result) => parentPort?.postMessage(result, []));
});

async function playAll({ from, to }: { from: number; to: number }): Promise<ChunkResult> {
  let total = NOTHING;
  for (let seed = from; seed < to; seed += 1) total = add(total, await play(seed));
  return total;
}
