import { expect, it } from 'vitest';
import { simulate } from './run.ts';

/** More by `npm run simulate`. */
const SEEDS = 10_000;

it('no history breaks a rule, whatever is lost, repeated, reordered, late or killed', async () => {
  const { failingSeeds, ...counts } = await simulate({ firstSeed: 1, seeds: SEEDS, workers: 2 });
  console.log(JSON.stringify(counts));
  expect(failingSeeds, 'play one by `npm run simulate -- --seed`').toEqual([]);
  expect(counts.crashes).toBeGreaterThan(SEEDS);
  expect(counts.unseen.states, 'states no history came through').toEqual([]);
});
