import { describe, expect, it } from 'vitest';
import { type ShippingMethod, shippingOptions, type ShippingRate, shippingRateSchema } from './shipping.ts';

const method = (id: string, rates: ShippingRate[], position = 0): ShippingMethod => ({
  id,
  title: id,
  taxClass: 'standard',
  position,
  rates,
});
const flat = (amount: number, freeFrom: number | null = null): ShippingRate => ({
  type: 'flat',
  currency: 'EUR',
  amount,
  freeFrom,
});
const byWeight: ShippingRate = {
  type: 'by_weight',
  currency: 'EUR',
  steps: [
    { upToGrams: 500, amount: 300 },
    { upToGrams: 2_000, amount: 700 },
  ],
  freeFrom: null,
};
const byTotal: ShippingRate = {
  type: 'by_total',
  currency: 'EUR',
  steps: [
    { from: 0, amount: 900 },
    { from: 5_000, amount: 400 },
  ],
  freeFrom: 10_000,
};
const amounts = (rate: ShippingRate, weightGrams: number, subtotal: number): number[] =>
  shippingOptions([method('m', [rate])], { currency: 'EUR', weightGrams, subtotal }).map(
    ({ amount }) => amount,
  );

describe('the cost of shipping', () => {
  it.each([
    ['flat', flat(500), 1, 0, [500]],
    ['flat, free from an amount', flat(500, 2_000), 1, 1_999, [500]],
    ['flat, free at that very amount', flat(500, 2_000), 1, 2_000, [0]],
    ['by weight, at the very end of a step', byWeight, 500, 0, [300]],
    ['by weight, a gram more', byWeight, 501, 0, [700]],
    ['by weight, at the last gram', byWeight, 2_000, 0, [700]],
    ['by weight, too heavy to be sent', byWeight, 2_001, 0, []],
    ['by total, below the second step', byTotal, 1, 4_999, [900]],
    ['by total, at the second step', byTotal, 1, 5_000, [400]],
    ['by total, free from an amount', byTotal, 1, 10_000, [0]],
  ] as const)('%s', (_, rate, weightGrams, subtotal, expected) => {
    expect(amounts(rate, weightGrams, subtotal)).toEqual(expected);
  });

  it('what is too heavy is not sent for nothing either', () => {
    expect(amounts({ ...byWeight, freeFrom: 1 }, 9_999, 5)).toEqual([]);
  });

  it('a method without a price in the currency is no way to send it', () => {
    const shipment = { currency: 'USD' as const, weightGrams: 1, subtotal: 0 };
    expect(shippingOptions([method('m', [flat(500)])], shipment)).toEqual([]);
  });

  it('ways come cheapest first, among equals by position, then by id', () => {
    const methods = [
      method('d', [flat(500)], 1),
      method('c', [flat(500)], 0),
      method('b', [flat(500)], 0),
      method('a', [flat(100)], 9),
    ];
    const options = shippingOptions(methods, { currency: 'EUR', weightGrams: 1, subtotal: 0 });
    expect(options.map((option) => option.method.id)).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('a rate that an operator sets', () => {
  const isFine = (rate: unknown): boolean => shippingRateSchema.safeParse(rate).success;

  it('has steps that ascend', () => {
    expect(isFine(byWeight)).toBe(true);
    expect(isFine({ ...byWeight, steps: [...byWeight.steps].toReversed() })).toBe(false);
    expect(isFine({ ...byWeight, steps: [byWeight.steps[0], byWeight.steps[0]] })).toBe(false);
    expect(isFine({ ...byWeight, steps: [] })).toBe(false);
  });

  it('by total starts at nothing', () => {
    expect(isFine(byTotal)).toBe(true);
    expect(isFine({ ...byTotal, steps: [{ from: 1, amount: 1 }] })).toBe(false);
    expect(isFine({ ...byTotal, steps: [...byTotal.steps].toReversed() })).toBe(false);
  });

  it('costs nothing only from an amount that is named', () => {
    const { freeFrom: _, ...rate } = flat(500);
    expect(shippingRateSchema.parse(rate).freeFrom).toBeNull();
  });
});
