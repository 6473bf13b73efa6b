import { describe, expect, it } from 'vitest';
import type { PurchasableVariant } from '#shared/contracts/catalogue.ts';
import { type PlaceOrder, placeOrderSchema } from '#shared/contracts/http/orders.ts';
import { price } from '#shared/domain/pricing/price.ts';
import { fail } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { priceInput } from '../pricing/input.ts';
import { NO_RULES } from '../pricing/rules.ts';
import { orderLines } from './pricing.ts';

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

const requestOf = (
  lines: { variantId: string; quantity: number }[],
  more: Partial<PlaceOrder> = {},
): PlaceOrder => placeOrderSchema.parse({ currency: 'EUR', lines, ...more });
/** Priced by what is on sale alone. */
function lines(
  request: PlaceOrder,
  variants: PurchasableVariant[],
  options: { isReplacement?: boolean } = {},
) {
  const resolved = { variants, refused: [] };
  const asked = { ...request, shippingMethodId: null, destination: null, customerId: null, orderId: null };
  const truth = { resolved, rules: NO_RULES, home: { country: 'DE', region: null }, hasOrdered: false };
  const answer = { resolved, priced: price(priceInput(asked, truth)) };
  return orderLines(request, idsOf(request.lines.length), answer, options);
}

describe('the lines of an order', () => {
  it('are kept as they were sold, without what only pricing needs', () => {
    const sold = variant(500);
    const priced = lines(requestOf([{ variantId: sold.variantId, quantity: 2 }]), [sold]);
    expect(priced).toMatchObject({
      ok: true,
      value: {
        pricing: { total: 1000 },
        lines: [{ price: { unitPrice: 500, total: 1000 }, state: 'pending' }],
      },
    });
    for (const word of ['quantityMax', 'customisationSchema', 'taxClass', 'collections'])
      expect(JSON.stringify(priced)).not.toContain(word);
  });

  it('are refused with everything that is wrong at once', () => {
    const [many, parcel] = [
      { ...variant(500), quantityMax: 2 },
      { ...variant(500), fulfilment: { template: 'parcel' as const, weightGrams: 100 } },
    ];
    const request = requestOf(
      [
        { variantId: many.variantId, quantity: 3 },
        { variantId: parcel.variantId, quantity: 1 },
      ],
      { codes: ['NO'] },
    );
    const priced = lines(request, [many, parcel]);
    expect(priced.ok ? [] : priced.error.map(({ pointer }) => pointer)).toEqual([
      '/codes/0',
      '/lines/0/quantity',
      '/shippingAddress',
    ]);
  });

  it('are no fewer than are sold at once, but of a replacement, because one of six that broke is sent again alone', () => {
    const sold = { ...variant(500), quantityMin: 6, quantityMultiple: 6, quantityMax: 12 };
    const askedFor = (quantity: number, isReplacement: boolean) =>
      lines(requestOf([{ variantId: sold.variantId, quantity }]), [sold], { isReplacement }).ok;
    expect([askedFor(1, false), askedFor(6, false)]).toEqual([false, true]);
    expect([askedFor(1, true), askedFor(13, true)]).toEqual([true, false]);
  });

  it('point at the address when nothing is sent there', () => {
    const shippingAddress = { name: 'N', line1: 'L', line2: '', postalCode: '1', city: 'C', country: 'FR' };
    const sold = variant(500);
    const request = requestOf([{ variantId: sold.variantId, quantity: 1 }], { shippingAddress });
    const priced = orderLines(request, idsOf(1), {
      resolved: { variants: [sold], refused: [] },
      priced: fail([{ pointer: '/destination', detail: 'no' }]),
    });
    expect(priced).toEqual({ ok: false, error: [{ pointer: '/shippingAddress/country', detail: 'no' }] });
  });
});
