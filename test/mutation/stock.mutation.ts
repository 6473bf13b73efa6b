import { expect, it } from 'vitest';
import { faultsOf } from '../simulation/stock.ts';

/** As many as a mutant can wait for. */
const SEEDS = 3;

it.each(Array.from({ length: SEEDS }, (_, index) => index + 1))(
  'stock history %i breaks no rule',
  async (seed) => {
    expect(await faultsOf(seed)).toEqual([]);
  },
);
