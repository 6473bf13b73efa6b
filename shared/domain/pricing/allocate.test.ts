import { array, assert, bigInt, integer, maxSafeInteger, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate } from './allocate.ts';

describe('allocate', () => {
  it('loses nothing and gives each part its exact share but for less than one unit, whatever the weights', () => {
    const weights = array(bigInt({ min: 0n, max: 10n ** 24n }), { minLength: 1, maxLength: 60 });
    assert(
      property(maxSafeInteger(), weights, (any, shares) => {
        const total = Math.abs(any);
        const parts = allocate(total, shares);
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(total));
        const sum = shares.reduce((all, one) => all + one, 0n);
        if (sum === 0n) return;
        for (const [index, part] of parts.entries()) {
          const over = BigInt(part) * sum - BigInt(total) * (shares[index] ?? 0n);
          expect(over < sum && over > -sum).toBe(true);
        }
      }),
    );
  });

  it('never gives more than the weight when the total is no more than the weights together', () => {
    const weights = array(integer({ min: 0, max: 99_999_999 }), { minLength: 1, maxLength: 50 });
    assert(
      property(weights, integer({ min: 0, max: 1_000 }), (shares, perMille) => {
        const sum = shares.reduce((all, one) => all + one, 0);
        const parts = allocate(Math.floor((sum * perMille) / 1_000), shares);
        for (const [index, part] of parts.entries()) expect(part).toBeLessThanOrEqual(shares[index] ?? 0);
      }),
    );
  });

  it('favours the largest remainder, and the earlier part among equals', () => {
    expect(allocate(10, [1, 1, 1])).toEqual([4, 3, 3]);
    expect(allocate(10, [2, 3, 3])).toEqual([2, 4, 4]);
    expect(allocate(5, [0, 0])).toEqual([3, 2]);
    expect(allocate(0, [])).toEqual([]);
  });

  it('refuses what no split can be right for', () => {
    expect(() => allocate(1, [])).toThrow('weights');
    expect(() => allocate(1, [2, -1])).toThrow('weights');
    expect(() => allocate(-1, [1])).toThrow('cannot split');
    expect(() => allocate(0.5, [1])).toThrow('cannot split');
  });
});
