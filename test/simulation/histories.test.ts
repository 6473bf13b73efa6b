import { expect, it } from 'vitest';
import { simulate } from './run.ts';

/** More by `npm run simulate`. */
const SEEDS = 10_000;
/**
 * A fault that is known and open (docs/simulation.md): mended, its seed has to go from here, and this test says so.
 */
const OPEN_SEEDS = [974];

it('no history breaks a rule, whatever is lost, repeated, reordered, late or killed', async () => {
  const { failingSeeds, ...counts } = await simulate({ firstSeed: 1, seeds: SEEDS, workers: 2 });
  console.log(JSON.stringify(counts));
  expect(failingSeeds, 'play one by `npm run simulate -- --seed`').toEqual(OPEN_SEEDS);
  expect(counts.crashes).toBeGreaterThan(SEEDS);
  expect(counts.unseen.states, 'states no history came through').toEqual([]);
});
