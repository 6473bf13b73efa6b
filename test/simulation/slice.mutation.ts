import { expect, it } from 'vitest';
import { play } from './history.ts';

/** As many as a mutant can wait for. */
const SEEDS = 40;

it('some simulated histories break no rule', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations } = await play(seed);
    expect(violations).toEqual([]);
  }
});
