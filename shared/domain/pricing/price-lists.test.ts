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

  it('among equals is the product’s own', () => {
    expect(bestPrice({ amount: 900, compareAt: null }, [listed(900)], 1)?.priceSource.list).toBe('base');
  });
});
