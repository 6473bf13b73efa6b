import { assert, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isImpossible, leastQuantity, limitTexts, NO_LIMITS, quantityFault } from './purchase-limits.ts';

const limits = record({
  quantityMin: integer({ min: 1, max: 50 }),
  quantityMax: integer({ min: 1, max: 50 }),
  quantityMultiple: integer({ min: 1, max: 12 }),
});

describe('limits in one order', () => {
  it('leave a quantity exactly when they are not impossible, and the least is the first of them', () => {
    assert(
      property(limits, (each) => {
        const first = Array.from({ length: 60 }, (_, index) => index + 1).find(
          (units) => quantityFault(units, each) === null,
        );
        expect(first ?? null).toBe(isImpossible(each) ? null : leastQuantity(each));
      }),
    );
  });

  it('say what a buyer should know and nothing of what is usual', () => {
    expect(limitTexts({ limits: NO_LIMITS }, [{ title: 'Team', limits: null }])).toEqual([]);
    const own = {
      quantityMin: 1,
      quantityMax: 9,
      quantityMultiple: 3,
      perCustomer: { quantity: 2, days: 1 },
    };
    expect(
      limitTexts({ limits: { ...NO_LIMITS, quantityMin: 2 } }, [{ title: 'Team', limits: own }]),
    ).toEqual([
      'at least 2 in one order',
      'Team: only in multiples of 3',
      'Team: at most 2 a customer a day',
    ]);
  });
});
