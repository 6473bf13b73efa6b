import { describe, expect, it } from 'vitest';
import { isDeliverable, type PurchasableVariant } from '#shared/contracts/catalogue.ts';
import { type PlaceOrder, placeOrderSchema } from '#shared/contracts/http/orders.ts';
import { price } from '#shared/domain/pricing/price.ts';
import { fail, ok } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { PriceAnswer } from '../pricing/face.ts';
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

const newIds = () => ({ lineId: newId('line'), instanceId: newId('instance'), workflowId: 'w' });
const requestOf = (
  lines: { variantId: string; quantity: number; customisation?: Record<string, unknown> }[],
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
  return orderLines(request, idsOf(request.lines.length), answer, { newIds, ...options });
}

describe('a bundle in an order', () => {
  const box: PurchasableVariant = {
    ...variant(300),
    sku: 'BOX',
    title: 'Box',
    stockTracked: true,
    kind: 'physical',
    fulfilment: { template: 'parcel', weightGrams: 100 },
  };
  const bundleOf = (...parts: [PurchasableVariant, number][]): PurchasableVariant => ({
    ...variant(1_000),
    sku: 'KIT',
    kind: 'bundle',
    title: 'Starter kit',
    delivery: 'together',
    fulfilment: { template: 'bundle', components: parts.map(([{ sku }, quantity]) => ({ sku, quantity })) },
    components: parts.flatMap(([part, quantity]) =>
      isDeliverable(part) ? [{ variant: part, quantity }] : [],
    ),
  });
  const address = { name: 'N', line1: 'L', line2: '', postalCode: '1', city: 'C', country: 'DE' };

  it('is a line of each part, which share its price, its rule of delivery and its name', () => {
    const kit = bundleOf([variant(700), 1], [box, 2]);
    const priced = lines(
      requestOf([{ variantId: kit.variantId, quantity: 3 }], { shippingAddress: address }),
      [kit],
    );
    if (!priced.ok) throw new Error(JSON.stringify(priced.error));
    const { lines: sold, bundles, lineIds, pricing } = priced.value;
    expect(sold.map(({ sku, quantity, stockTracked }) => [sku, quantity, stockTracked])).toEqual([
      ['S', 3, false],
      ['BOX', 6, true],
    ]);
    expect(sold.map(({ price: { total } }) => total)).toEqual([1_615, 1_385]);
    expect(bundles).toMatchObject([{ title: 'Starter kit', quantity: 3, price: { total: 3_000 } }]);
    expect(pricing.total).toBe(3_000);
    expect(sold.map(({ bundleId, delivery }) => [bundleId, delivery])).toEqual(
      Array.from({ length: 2 }, () => [bundles[0]?.id, 'together']),
    );
    expect(lineIds[0]?.parts?.map(({ lineId }) => lineId)).toEqual(sold.map(({ id }) => id));
  });

  it('needs an address for a parcel in it, and is refused when it is made of other parts than were promised', () => {
    const kit = bundleOf([box, 1]);
    const request = requestOf([{ variantId: kit.variantId, quantity: 1 }]);
    expect(lines(request, [kit])).toMatchObject({ ok: false, error: [{ pointer: '/shippingAddress' }] });
    const resolved = { variants: [bundleOf([variant(700), 1], [box, 1])], refused: [] };
    const frozen = lines(
      requestOf([{ variantId: kit.variantId, quantity: 1 }], { shippingAddress: address }),
      [kit],
    );
    if (!frozen.ok) throw new Error('not priced');
    const [sold] = frozen.value.lines;
    const { price: whole } = frozen.value.bundles[0] ?? {};
    if (sold === undefined || whole === undefined) throw new Error('not priced');
    const promised = {
      ...frozen.value.pricing,
      lines: [{ ...whole, parts: [{ ...sold.price, variantId: box.variantId }] }],
    };
    const [changed] = resolved.variants;
    const asked = requestOf([{ variantId: changed?.variantId ?? '', quantity: 1 }], {
      shippingAddress: address,
    });
    expect(orderLines(asked, idsOf(1), { resolved, priced: ok(promised) }, { newIds })).toMatchObject({
      ok: false,
      error: [{ pointer: '/lines/0/variantId' }],
    });
  });

  it('hands what the customer says of it to the parts that know such a field', () => {
    const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    const engraved = { ...variant(700), customisationSchema: schema };
    const kit = { ...bundleOf([engraved, 1], [variant(300), 1]), customisationSchema: schema };
    const wanted = { variantId: kit.variantId, quantity: 1, customisation: { name: 'Ada' } };
    const priced = lines(requestOf([wanted]), [kit]);
    expect(priced).toMatchObject({
      ok: true,
      value: { lines: [{ customisation: { name: 'Ada' } }, { customisation: {} }] },
    });
    expect(lines(requestOf([{ ...wanted, customisation: {} }]), [kit])).toMatchObject({ ok: false });
  });
});

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
    const answer: PriceAnswer = {
      resolved: { variants: [sold], refused: [] },
      priced: fail([{ pointer: '/destination', detail: 'no' }]),
    };
    const priced = orderLines(request, idsOf(1), answer, { newIds });
    expect(priced).toEqual({ ok: false, error: [{ pointer: '/shippingAddress/country', detail: 'no' }] });
  });
});
