import { expect, it } from 'vitest';
import { play } from '../simulation/history.ts';

/** As many as a mutant can wait for. */
const SEEDS = 12;

it.each(Array.from({ length: SEEDS }, (_, index) => index + 1))('history %i breaks no rule', async (seed) => {
  const { violations } = await play(seed);
  expect(violations).toEqual([]);
});
