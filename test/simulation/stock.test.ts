import { describe, expect, it } from 'vitest';
import { faultsOf } from './stock.ts';

const HISTORIES = 100;

describe('a SKU over several objects, when everything fails', () => {
  it(`neither loses, leaks nor doubles a unit in ${HISTORIES} histories of crashes and lost calls`, async () => {
    const broken: Record<number, string[]> = {};
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const faults = await faultsOf(seed);
      if (faults.length > 0) broken[seed] = faults;
    }
    expect(broken).toEqual({});
  });
});
