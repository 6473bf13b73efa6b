import { array, assert, boolean, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine, type PricedLine, type PricedOrder } from '#shared/domain/pricing/priced.ts';
import { wholeOf } from '#shared/domain/pricing/bundle.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { exchangePrice } from './exchange.ts';

const offer = { promotionId: 'ret_1', title: 'Exchange' };

function priced(
  lines: { unit: number; quantity: number; tax: number; taxes: number; parts: number }[],
  included: boolean,
): PricedOrder {
  const made = lines.map(({ unit, quantity, tax, taxes: count, parts }): PricedLine => {
    const line = plainLine(unit, quantity);
    const amount = Math.floor((line.total * tax) / 100);
    const taxes = Array.from({ length: count }, () => ({
      name: 'VAT',
      ratePpm: tax * 10_000,
      amount,
      included,
    }));
    const alone = { ...line, taxes, total: line.total + (included ? 0 : amount * count) };
    const same = Array.from({ length: parts }, (_, index) => ({ ...alone, variantId: `var_${index}` }));
    return parts === 0 ? alone : wholeOf(plainLine(unit * parts, quantity), same);
  });
  const of = {
    currency: 'EUR' as const,
    taxMode: included ? ('inclusive' as const) : ('exclusive' as const),
    destination: { country: 'DE', region: null },
    promotions: [],
  };
  return { ...totalsOf(of, made, null), lines: made };
}

describe('the price of a replacement', () => {
  it('is what it costs less the credit, never below nothing, and adds up line by line', () => {
    assert(
      property(
        array(
          record({
            unit: integer({ min: 0, max: 5_000 }),
            quantity: integer({ min: 1, max: 5 }),
            tax: integer({ min: 0, max: 30 }),
            taxes: integer({ min: 0, max: 3 }),
            parts: integer({ min: 0, max: 3 }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        boolean(),
        integer({ min: 0, max: 30_000 }),
        (lines, included, credit) => {
          const before = priced(lines, included);
          const { priced: after, used } = exchangePrice(before, { credit, ...offer });
          expect(used).toBe(Math.min(credit, before.total));
          expect(after.total).toBe(before.total - used);
          for (const { parts = [], total } of after.lines)
            expect(parts.length === 0 || parts.reduce((sum, part) => sum + part.total, 0) === total).toBe(
              true,
            );
          for (const line of after.lines.flatMap((whole) => [whole, ...(whole.parts ?? [])])) {
            const added = line.taxes.reduce((sum, tax) => sum + (tax.included ? 0 : tax.amount), 0);
            const off = line.discounts.reduce((sum, { amount }) => sum + amount, 0);
            expect(line.subtotal - off + added).toBe(line.total);
            expect(Math.min(0, ...line.discounts.map(({ amount }) => amount))).toBe(0);
            expect(Math.min(line.total, ...line.taxes.map(({ amount }) => amount))).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('counts no promotion for a shipping that costs nothing anyway', () => {
    const before = priced([{ unit: 1_000, quantity: 1, tax: 0, taxes: 1, parts: 0 }], true);
    const promotion = (promotionId: string, amount: number) => ({
      promotionId,
      code: null,
      title: promotionId,
      amount,
      limitTotal: 5,
      limitPerCustomer: null,
    });
    const [line] = before.lines;
    if (line === undefined) throw new Error('no line');
    const discounts = [{ promotionId: 'both', title: 'both', amount: 100 }];
    const discounted = {
      ...before,
      promotions: [promotion('free', 490), promotion('both', 150)],
      lines: [{ ...line, discounts, total: 900 }],
    };
    const { priced: after } = exchangePrice(discounted, { credit: 900, ...offer });
    expect(after.promotions).toEqual([promotion('both', 100)]);
  });
});
