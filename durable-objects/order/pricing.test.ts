import { array, assert, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PurchasableVariant } from '#shared/contracts/catalogue.ts';
import { newId } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS } from '#shared/money/money.ts';
import { price } from './pricing.ts';

const variant = (amount: number): PurchasableVariant => ({
  productId: newId('product'),
  productVersion: 1,
  variantId: newId('variant'),
  sku: 'S',
  kind: 'licence',
  title: 'Editor',
  variantTitle: '',
  listPrice: { amount, currency: 'EUR' },
  compareAt: null,
  unitPrice: { amount, currency: 'EUR' },
  priceSource: { list: 'base', reason: 'Standard price' },
  taxClass: 'standard',
  collections: [],
  stockTracked: false,
  quantityMax: 10_000,
  customisationSchema: null,
  fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
});
const idsOf = (count: number) =>
  Array.from({ length: count }, () => ({
    lineId: newId('line'),
    instanceId: newId('instance'),
    workflowId: 'w',
  }));

describe('pricing', () => {
  it('adds up to the unit, or refuses what one payment may not carry', () => {
    const line = record({
      amount: integer({ min: 0, max: 99_999_999 }),
      quantity: integer({ min: 1, max: 10_000 }),
    });
    assert(
      property(array(line, { minLength: 1, maxLength: 50 }), (wanted) => {
        const variants = wanted.map(({ amount }) => variant(amount));
        const lines = wanted.map(({ quantity }, index) => ({
          variantId: variants[index]?.variantId ?? '',
          quantity,
          customisation: {},
        }));
        const request = {
          currency: 'EUR' as const,
          lines,
          codes: [],
          delivery: 'together' as const,
          paymentWindowSeconds: 60,
          locale: 'en',
        };
        const exact = wanted.reduce((sum, one) => sum + BigInt(one.amount) * BigInt(one.quantity), 0n);
        const priced = price(request, idsOf(lines.length), { variants, refused: [] });
        const expected =
          exact > BigInt(AMOUNT_MAX_MINOR_UNITS)
            ? { ok: false }
            : { ok: true, value: { pricing: { total: Number(exact) } } };
        expect(priced).toMatchObject(expected);
      }),
    );
  });

  it('keeps the line as it was sold, without what only pricing needs', () => {
    const sold = variant(500);
    const lines = [{ variantId: sold.variantId, quantity: 2, customisation: {} }];
    const request = {
      currency: 'EUR' as const,
      lines,
      codes: [],
      delivery: 'together' as const,
      paymentWindowSeconds: 60,
      locale: 'en',
    };
    const priced = price(request, idsOf(1), { variants: [sold], refused: [] });
    expect(priced).toMatchObject({
      ok: true,
      value: {
        pricing: { total: 1000 },
        lines: [{ price: { unitPrice: 500, total: 1000 }, state: 'pending' }],
      },
    });
    expect(JSON.stringify(priced)).not.toContain('quantityMax');
  });
});
