import { array, assert, integer, option, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPrice, type ListedPrice } from './price-lists.ts';

const listed = (amount: number, values: Partial<ListedPrice> = {}): ListedPrice => ({
  priceListId: 'pl_1',
  title: 'Business',
  quantityMin: 1,
  amount,
  compareAt: null,
  forGroup: false,
  limitedInTime: false,
  ...values,
});

describe('the price of one unit', () => {
  it('is the best for the customer, whatever lists there are', () => {
    const price = record({ amount: integer({ min: 0, max: 50 }), quantityMin: integer({ min: 1, max: 9 }) });
    assert(
      property(
        option(integer({ min: 0, max: 50 })),
        array(price, { maxLength: 6 }),
        integer({ min: 1, max: 9 }),
        (base, prices, quantity) => {
          const lists = prices.map(({ amount, ...values }, index) =>
            listed(amount, { ...values, priceListId: `pl_${index}` }),
          );
          const counting = [
            ...(base === null ? [] : [base]),
            ...lists.filter((each) => each.quantityMin <= quantity).map((each) => each.amount),
          ];
          const best = bestPrice(base === null ? null : { amount: base, compareAt: null }, lists, quantity);
          expect(best?.unitPrice ?? null).toBe(counting.length === 0 ? null : Math.min(...counting));
          expect(best?.listPrice ?? null).toBe(base ?? best?.unitPrice ?? null);
        },
      ),
    );
  });

  it('says which list won and why, and keeps the price to strike through', () => {
    const break10 = listed(800, { quantityMin: 10, forGroup: true, limitedInTime: true });
    expect(bestPrice({ amount: 1_000, compareAt: 1_200 }, [listed(900), break10], 10)).toEqual({
      listPrice: 1_000,
      compareAt: 1_200,
      unitPrice: 800,
      priceSource: {
        list: 'pl_1',
        reason: 'Business: for your customer group, from 10 units, for a limited time',
      },
    });
  });

  it.each([
    [listed(800), 1, 'Business'],
    [listed(800, { forGroup: true }), 1, 'Business: for your customer group'],
    [listed(800, { quantityMin: 2 }), 2, 'Business: from 2 units'],
    [listed(800, { limitedInTime: true }), 1, 'Business: for a limited time'],
  ])('gives no reason that does not count', (price, quantity, reason) => {
    expect(bestPrice(null, [price], quantity)?.priceSource.reason).toBe(reason);
  });

  it('strikes through what the list says, else what the product says, else nothing', () => {
    const base = { amount: 1_000, compareAt: 1_200 };
    const struck = (compareAt: number | null, of: typeof base | null) =>
      bestPrice(of, [listed(800, { compareAt })], 1)?.compareAt;
    expect([struck(1_500, base), struck(null, base), struck(null, null)]).toEqual([1_500, 1_200, null]);
  });

  it('among lists of the same price is the first by id, then the one of the largest quantity', () => {
    const prices = [
      listed(800, { priceListId: 'pl_2' }),
      listed(800, { priceListId: 'pl_1', quantityMin: 1 }),
      listed(800, { priceListId: 'pl_1', quantityMin: 5 }),
    ];
    for (const order of [prices, prices.toReversed()]) {
      expect(bestPrice(null, order, 9)?.priceSource).toEqual({
        list: 'pl_1',
        reason: 'Business: from 5 units',
      });
    }
  });

  it('among equals is the product’s own', () => {
    expect(bestPrice({ amount: 900, compareAt: null }, [listed(900)], 1)?.priceSource.list).toBe('base');
  });
});
