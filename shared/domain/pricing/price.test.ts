import { assert, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX_MINOR_UNITS } from '#shared/money/money.ts';
import { price, type PriceInput } from './price.ts';
import type { PricedOrder } from './priced.ts';
import { conditionsSchema, PPM } from './promotion.ts';
import { anyOrder, hexId, line, offer, order } from './testing.ts';

const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0);
const amountsOf = (items: readonly { amount: number }[]): number => sum(items.map(({ amount }) => amount));
/** Every amount of a price, wherever it stands. */
const amountsIn = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : value !== null && typeof value === 'object'
      ? Object.values(value).flatMap(amountsIn)
      : [];
function priced(values: Partial<PriceInput>): PricedOrder {
  const result = price(order(values));
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
const refused = (values: Partial<PriceInput>) => {
  const result = price(order(values));
  return result.ok ? [] : result.error;
};
const percent = (ratePpm: number) => ({ type: 'percent' as const, ratePpm, lines: {} });
const FREE_SHIPPING = { type: 'free_shipping' as const };
const rate = (ratePpm: number, values: Partial<PriceInput['taxRates'][number]> = {}) => ({
  id: hexId('tax', ratePpm),
  name: 'VAT',
  taxClass: 'standard',
  ratePpm,
  compound: false,
  position: 0,
  ...values,
});
const flat = (amount: number, values: Partial<PriceInput['shipping']['methods'][number]> = {}) => ({
  id: hexId('ship', 1),
  title: 'Parcel',
  taxClass: 'standard',
  position: 0,
  rates: [{ type: 'flat' as const, currency: 'EUR' as const, amount, freeFrom: null }],
  ...values,
});
const parcel = (values: Parameters<typeof line>[0] = {}) => line({ parcelGrams: 100, ...values });

describe('whatever is bought, wherever, under whatever rules', () => {
  /** Refused prices are looked at without the codes that made them impossible. */
  const settled = (input: PriceInput): PricedOrder => {
    const result = price(input);
    if (result.ok) return result.value;
    const offers = input.offers.map((each) => ({ ...each, code: null }));
    return priced({ ...input, codes: [], offers });
  };

  it('a bundle is what its parts are: their prices, discounts and taxes add up to its own', () => {
    assert(
      property(anyOrder, (input) => {
        for (const { parts, ...whole } of settled(input).lines) {
          if (parts === undefined) continue;
          expect(sum(parts.map(({ subtotal }) => subtotal))).toBe(whole.subtotal);
          expect(sum(parts.map(({ total }) => total))).toBe(whole.total);
          expect(amountsOf(parts.flatMap(({ taxes }) => taxes))).toBe(amountsOf(whole.taxes));
          for (const { promotionId, amount } of whole.discounts)
            expect(
              amountsOf(
                parts.flatMap(({ discounts }) => discounts.filter((one) => one.promotionId === promotionId)),
              ),
            ).toBe(amount);
          for (const { unitPrice, quantity, subtotal } of parts)
            expect(subtotal - unitPrice * quantity).toBeLessThan(quantity);
        }
      }),
    );
  });

  it('divides a bundle in proportion to what its parts cost alone, and taxes each by its own class', () => {
    const parts = [
      { variantId: hexId('var', 2), quantity: 1, listPrice: 5_000, taxClass: 'standard' },
      { variantId: hexId('var', 3), quantity: 2, listPrice: 500, taxClass: 'books' },
    ];
    const [bundle] = priced({
      lines: [line({ unitPrice: 4_999, kind: 'bundle', parts })],
      offers: [offer(percent(100_000))],
      taxRates: [rate(190_000), rate(70_000, { taxClass: 'books' })],
    }).lines;
    expect(bundle).toMatchObject({ subtotal: 4_999, total: 4_499, taxes: [{ amount: 599 }, { amount: 49 }] });
    expect(bundle?.parts).toMatchObject([
      { quantity: 1, subtotal: 4_166, discounts: [{ amount: 417 }], total: 3_749, taxes: [{ amount: 599 }] },
      {
        quantity: 2,
        unitPrice: 416,
        subtotal: 833,
        discounts: [{ amount: 83 }],
        total: 750,
        taxes: [{ amount: 49 }],
      },
    ]);
  });

  it('takes nothing off a gift card unless the promotion names the kind or the very card', () => {
    const card = { unitPrice: 5_000, kind: 'gift_card', productId: hexId('prod', 7), collections: ['gifts'] };
    const discountBy = (selection: object): number =>
      priced({
        lines: [line(card), line({ unitPrice: 1_000, collections: ['gifts'] })],
        offers: [offer({ ...percent(100_000), lines: selection })],
      }).discountTotal;
    expect(discountBy({})).toBe(100);
    expect(discountBy({ collections: ['gifts'] })).toBe(100);
    expect(discountBy({ kinds: ['gift_card'] })).toBe(500);
    expect(discountBy({ products: [hexId('prod', 7)] })).toBe(500);
  });

  it('the parts add up to the whole, of each line, of the shipping and of the order', () => {
    assert(
      property(anyOrder, (input) => {
        const result = settled(input);
        for (const part of [...result.lines, ...(result.shipping === null ? [] : [result.shipping])]) {
          const before = 'subtotal' in part ? part.subtotal : part.amount;
          const added = amountsOf(part.taxes.filter((tax) => !tax.included));
          expect(part.total).toBe(before - amountsOf(part.discounts) + added);
        }
        const parts = [...result.lines, ...(result.shipping === null ? [] : [result.shipping])];
        expect(result.total).toBe(sum(parts.map((part) => part.total)));
        const added = result.taxMode === 'exclusive' ? result.taxTotal : 0;
        expect(result.total).toBe(result.subtotal + result.shippingTotal - result.discountTotal + added);
        expect(result.discountTotal).toBe(amountsOf(result.promotions));
        expect(result.taxTotal).toBe(sum(parts.map((part) => amountsOf(part.taxes))));
      }),
      { numRuns: 1_500 },
    );
  });

  it('no amount is negative or fractional, and no discount takes more than there is', () => {
    assert(
      property(anyOrder, (input) => {
        const result = settled(input);
        for (const amount of amountsIn(result))
          expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true);
        for (const one of result.lines.flatMap((whole) => [whole, ...(whole.parts ?? [])]))
          expect(amountsOf(one.discounts)).toBeLessThanOrEqual(one.subtotal);
        const { shipping } = result;
        expect(amountsOf(shipping?.discounts ?? [])).toBeLessThanOrEqual(shipping?.amount ?? 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('an exclusive promotion stands alone, and one that gives nothing is not used', () => {
    assert(
      property(anyOrder, (input) => {
        const { promotions } = settled(input);
        const exclusive = new Set(
          input.offers.filter((each) => each.stacking === 'exclusive').map(({ id }) => id),
        );
        const alone = promotions.some(({ promotionId }) => exclusive.has(promotionId));
        expect(promotions.length).toBeLessThanOrEqual(alone ? 1 : input.offers.length);
        for (const { amount } of promotions) expect(amount).toBeGreaterThan(0);
      }),
    );
  });

  it('a code that was asked for counts, is told of because another promotion outdid it, or is refused by name', () => {
    assert(
      property(anyOrder, (input) => {
        const result = price(input);
        const counted = result.ok
          ? [...result.value.promotions, ...(result.value.notCounted ?? [])].flatMap(({ code }) => code ?? [])
          : input.codes;
        expect([...counted].sort()).toEqual([...input.codes].sort());
        const refusals = result.ok ? [] : result.error;
        for (const { pointer } of refusals) expect(pointer).toMatch(/^\/(codes\/\d+|lines)$/);
      }),
    );
  });

  it('the tax that is included is never more than the exact tax by a whole unit', () => {
    assert(
      property(anyOrder, (input) => {
        const { lines } = priced({
          ...input,
          codes: [],
          offers: [],
          taxMode: 'inclusive',
          taxRates: [rate(190_000)],
        });
        const taxed = lines.flatMap((line, index) =>
          line.parts === undefined
            ? [{ ...line, taxClass: input.lines[index]?.taxClass }]
            : line.parts.map((part, at) => ({
                ...part,
                taxClass: input.lines[index]?.parts?.[at]?.taxClass,
              })),
        );
        for (const one of taxed) {
          const isTaxed = one.taxClass !== 'exempt';
          const exact = isTaxed ? (one.total * 190_000) / 1_190_000 : 0;
          expect(Math.abs(amountsOf(one.taxes) - exact)).toBeLessThanOrEqual(0.5);
        }
      }),
    );
  });

  it('amounts beyond one payment are refused, at the limit they are not', () => {
    const limit = AMOUNT_MAX_MINOR_UNITS;
    expect(priced({ lines: [line({ unitPrice: limit })] }).total).toBe(limit);
    expect(refused({ lines: [line({ unitPrice: limit }), line({ unitPrice: 1 })] })).toEqual([
      { pointer: '/lines', detail: `cost more than one payment may carry (${limit})` },
    ]);
    expect(refused({ lines: [line({ unitPrice: limit, quantity: 10_000 })] })).toHaveLength(1);
    expect(
      refused({ lines: [line({ unitPrice: limit })], taxMode: 'exclusive', taxRates: [rate(190_000)] }),
    ).toHaveLength(1);
  });
});

describe('discounts', () => {
  it('a percentage is of the whole and rounded once, because ten per cent of three cents thrice is one cent', () => {
    const lines = [line({ unitPrice: 3 }), line({ unitPrice: 3 }), line({ unitPrice: 3 })];
    const result = priced({ lines, offers: [offer(percent(100_000))] });
    expect(result.discountTotal).toBe(1);
    expect(result.lines.map((one) => amountsOf(one.discounts))).toEqual([1, 0, 0]);
  });

  it('half a unit is rounded up', () => {
    expect(priced({ lines: [line({ unitPrice: 5 })], offers: [offer(percent(100_000))] }).discountTotal).toBe(
      1,
    );
  });

  it('a later one takes from what earlier ones left, higher priorities first', () => {
    const half = offer(percent(500_000), { id: hexId('promo', 1), priority: 1 });
    const fixed = offer({ type: 'fixed', amounts: { EUR: 800 }, lines: {} }, { id: hexId('promo', 2) });
    expect(priced({ offers: [fixed, half] })).toMatchObject({ discountTotal: 1_000, total: 0 });
    const first = { ...fixed, priority: 2 };
    expect(priced({ offers: [half, first] }).promotions.map(({ amount }) => amount)).toEqual([800, 100]);
  });

  it('what was asked for by code comes before what counts by itself', () => {
    const code = offer(percent(100_000), { id: hexId('promo', 2), code: 'TEN', stacking: 'exclusive' });
    const automatic = offer(percent(500_000), { id: hexId('promo', 1), priority: 9 });
    const result = priced({ codes: ['TEN'], offers: [automatic, code] });
    expect(result.promotions).toMatchObject([{ code: 'TEN', amount: 100 }]);
  });

  it('a fixed amount is spread by largest remainder and never exceeds what the lines cost', () => {
    const lines = [line({ unitPrice: 100 }), line({ unitPrice: 100 }), line({ unitPrice: 100 })];
    const ten = offer({ type: 'fixed', amounts: { EUR: 10 }, lines: {} });
    expect(priced({ lines, offers: [ten] }).lines.map((one) => one.total)).toEqual([96, 97, 97]);
    const much = offer({ type: 'fixed', amounts: { EUR: 99_999 }, lines: {} });
    expect(priced({ lines, offers: [much] }).total).toBe(0);
  });

  it('a percentage never gives more than its limit', () => {
    const capped = offer({ ...percent(500_000), amountMax: { EUR: 120 } });
    expect(priced({ offers: [capped] }).discountTotal).toBe(120);
  });

  it.each([
    [3, 0],
    [4, 1_000],
    [7, 1_000],
    [8, 2_000],
  ])('buy three, get one: of %i units %i are given', (quantity, given) => {
    const effect = { type: 'buy_x_get_y' as const, buy: 3, get: 1, ratePpm: PPM, timesMax: null, lines: {} };
    expect(priced({ lines: [line({ quantity })], offers: [offer(effect)] }).discountTotal).toBe(given);
  });

  it('the cheapest units are given, across lines, and only of the lines it is for', () => {
    const effect = {
      type: 'buy_x_get_y' as const,
      buy: 2,
      get: 1,
      ratePpm: PPM,
      timesMax: null,
      lines: { collections: ['sale'] },
    };
    const lines = [
      line({ unitPrice: 500, collections: ['sale'], quantity: 2 }),
      line({ unitPrice: 300, collections: ['sale'] }),
      line({ unitPrice: 1 }),
    ];
    expect(priced({ lines, offers: [offer(effect)] }).lines.map((one) => one.total)).toEqual([1_000, 0, 1]);
  });

  it('buying one thing makes another cheaper, and a unit never counts for both', () => {
    const effect = {
      type: 'buy_x_get_y' as const,
      buy: 1,
      get: 1,
      ratePpm: 500_000,
      timesMax: 1,
      lines: { collections: ['books'] },
      getLines: { collections: ['sale'] },
    };
    const book = line({ collections: ['books'], quantity: 3 });
    const pen = line({ collections: ['books', 'sale'], unitPrice: 101, quantity: 2 });
    expect(priced({ lines: [book, pen], offers: [offer(effect)] }).discountTotal).toBe(51);
    expect(priced({ lines: [pen], offers: [offer(effect)] }).discountTotal).toBe(0);
  });
});

describe('codes', () => {
  const ten = offer(percent(100_000), { code: 'TEN', title: 'Ten' });
  const only = offer(percent(200_000), {
    id: hexId('promo', 2),
    code: 'ONLY',
    title: 'Only',
    stacking: 'exclusive',
  });

  it('an unknown or repeated one is refused by its place', () => {
    expect(refused({ codes: ['TEN', 'NO', 'TEN'], offers: [ten] })).toEqual([
      { pointer: '/codes/1', detail: 'is not a code that counts now' },
      { pointer: '/codes/2', detail: 'stands for a promotion that is named already' },
    ]);
  });

  it('one that cannot be combined gives nothing and is told of, whichever comes first', () => {
    const second = priced({ codes: ['TEN', 'ONLY'], offers: [ten, only] });
    expect(second).toMatchObject({ promotions: [{ code: 'TEN' }], discountTotal: 100 });
    expect(second.notCounted).toEqual([
      { promotionId: only.id, code: 'ONLY', title: 'Only', detail: 'cannot be combined with Ten' },
    ]);
    const first = priced({ codes: ['TEN', 'ONLY'], offers: [ten, { ...only, priority: 1 }] });
    expect(first).toMatchObject({
      promotions: [{ code: 'ONLY' }],
      notCounted: [{ code: 'TEN', detail: 'cannot be combined with Only' }],
    });
  });

  it('one that takes nothing off is refused, unless another one left nothing for it: then that is told', () => {
    const gift = line({ unitPrice: 0 });
    expect(refused({ lines: [gift], codes: ['TEN'], offers: [ten] })).toEqual([
      { pointer: '/codes/0', detail: 'has nothing to take off' },
    ]);
    const all = offer(percent(PPM), { id: hexId('promo', 3), code: 'ALL', title: 'All', priority: 1 });
    expect(priced({ codes: ['TEN', 'ALL'], offers: [ten, all] })).toMatchObject({
      total: 0,
      promotions: [{ code: 'ALL' }],
      notCounted: [{ code: 'TEN', detail: 'has nothing to take off beside All' }],
    });
  });

  it.each([
    ['a group', { groups: ['business'] }, 'is for other customers'],
    ['named customers', { customers: [hexId('usr', 9)] }, 'is for other customers'],
    ['a first order', { firstOrder: true as const }, 'is for a first order'],
    ['a subtotal', { subtotalMin: { EUR: 1_001 } }, 'needs articles for at least 10.01 EUR'],
    ['an amount of another currency', { subtotalMin: { USD: 1 } }, 'does not count in EUR'],
    ['a quantity', { quantityMin: 2 }, 'needs at least 2 of the articles it is for'],
    ['a country', { countries: ['FR'] }, 'is not for this destination'],
  ])('one whose condition is %s is refused in words when it is not met', (_what, conditions, detail) => {
    const customer = { id: hexId('usr', 1), groups: ['friends'], hasOrdered: true };
    const offers = [{ ...ten, conditions }];
    expect(refused({ codes: ['TEN'], offers, customer })).toEqual([{ pointer: '/codes/0', detail }]);
    expect(priced({ offers: [{ ...ten, code: null, conditions }], customer }).promotions).toEqual([]);
  });

  it('one for an organisation counts whoever orders for it', () => {
    const conditions = conditionsSchema.parse({ customers: [hexId('org', 1)] });
    const customer = { id: hexId('org', 1), groups: [], hasOrdered: false };
    expect(priced({ offers: [{ ...ten, code: null, conditions }], customer }).promotions).toHaveLength(1);
  });

  it('one for customers asks a stranger to sign in', () => {
    const offers = [{ ...ten, conditions: { firstOrder: true as const } }];
    expect(refused({ codes: ['TEN'], offers })).toEqual([
      { pointer: '/codes/0', detail: 'is for signed-in customers' },
    ]);
  });

  it('one for a first order counts once a customer, so that two orders at once do not both have it', () => {
    const offers = [{ ...ten, conditions: { firstOrder: true as const } }];
    const customer = { id: hexId('usr', 1), groups: [], hasOrdered: false };
    expect(priced({ codes: ['TEN'], offers, customer }).promotions).toMatchObject([{ limitPerCustomer: 1 }]);
  });
});

describe('taxes', () => {
  it('are contained in an inclusive price and leave it as it is', () => {
    const [only] = priced({ lines: [line({ unitPrice: 1_190 })], taxRates: [rate(190_000)] }).lines;
    expect(only).toMatchObject({ total: 1_190, taxes: [{ amount: 190, ratePpm: 190_000, included: true }] });
  });

  it('are added to an exclusive price', () => {
    const result = priced({ taxMode: 'exclusive', taxRates: [rate(190_000)] });
    expect(result).toMatchObject({ subtotal: 1_000, taxTotal: 190, total: 1_190 });
  });

  it('are of what remains after discounts', () => {
    const result = priced({
      taxMode: 'exclusive',
      taxRates: [rate(190_000)],
      offers: [offer(percent(500_000))],
    });
    expect(result).toMatchObject({ discountTotal: 500, taxTotal: 95, total: 595 });
  });

  it('compound on those before them, exactly, and are rounded once a line', () => {
    const rates = [
      rate(50_000, { name: 'GST', position: 1 }),
      rate(99_750, { name: 'QST', position: 2, compound: true }),
    ];
    const [only] = priced({ taxMode: 'exclusive', taxRates: rates }).lines;
    expect(only?.taxes.map(({ name, amount }) => [name, amount])).toEqual([
      ['GST', 50],
      ['QST', 105],
    ]);
    expect(only?.total).toBe(1_155);
  });

  it('a class without rates of its own bears the standard ones, an exempt one none', () => {
    const taxRates = [rate(190_000), rate(70_000, { taxClass: 'reduced' })];
    const lines = ['standard', 'reduced', 'strange', 'exempt'].map((taxClass) => line({ taxClass }));
    const result = priced({ taxMode: 'exclusive', lines, taxRates });
    expect(result.lines.map((one) => amountsOf(one.taxes))).toEqual([190, 70, 190, 0]);
  });
});

describe('shipping', () => {
  const weighed = (steps: [number, number][]) => ({
    type: 'by_weight' as const,
    currency: 'EUR' as const,
    steps: steps.map(([upToGrams, amount]) => ({ upToGrams, amount })),
    freeFrom: null,
  });
  const ways = (...methods: PriceInput['shipping']['methods'][number][]) => ({
    methods,
    offered: true,
    wanted: null,
  });

  it('costs nothing and asks nothing when nothing is sent', () => {
    expect(priced({ shipping: { ...ways(flat(490)), wanted: 'ship_x' } }).shipping).toBeNull();
  });

  it('is the cheapest way unless another is asked for', () => {
    const express = flat(1_500, { id: hexId('ship', 2) });
    const methods = [express, flat(490)];
    const lines = [parcel()];
    expect(priced({ lines, shipping: ways(...methods) }).shippingTotal).toBe(490);
    const wanted = { ...ways(...methods), wanted: express.id };
    expect(priced({ lines, shipping: wanted })).toMatchObject({ shippingTotal: 1_500, total: 2_500 });
  });

  it('by weight counts every unit that is sent and refuses what is too heavy for the way asked for', () => {
    const method = flat(0, {
      rates: [
        weighed([
          [250, 300],
          [500, 600],
        ]),
      ],
    });
    const lines = [parcel({ quantity: 3 }), line({ quantity: 9 })];
    expect(priced({ lines, shipping: ways(method) }).shippingTotal).toBe(600);
    const heavy = [parcel({ quantity: 6 })];
    expect(refused({ lines: heavy, shipping: { ...ways(method), wanted: method.id } })).toMatchObject([
      { pointer: '/shippingMethodId' },
    ]);
    expect(refused({ lines: heavy, shipping: ways(method) })).toMatchObject([{ pointer: '/destination' }]);
  });

  it('is free from a subtotal on, whatever discounts make of it afterwards', () => {
    const method = flat(0, { rates: [{ type: 'flat', currency: 'EUR', amount: 490, freeFrom: 1_000 }] });
    const result = priced({ lines: [parcel()], shipping: ways(method), offers: [offer(percent(500_000))] });
    expect(result).toMatchObject({ shippingTotal: 0, total: 500 });
  });

  it('by total takes the last step that is reached', () => {
    const rates = [
      {
        type: 'by_total' as const,
        currency: 'EUR' as const,
        steps: [
          { from: 0, amount: 900 },
          { from: 1_000, amount: 400 },
        ],
        freeFrom: null,
      },
    ];
    const shipping = ways(flat(0, { rates }));
    expect(priced({ lines: [parcel({ unitPrice: 999 })], shipping }).shippingTotal).toBe(900);
    expect(priced({ lines: [parcel()], shipping }).shippingTotal).toBe(400);
  });

  it('is taxed by the class of its method and made free by a promotion that names itself', () => {
    const result = priced({
      lines: [parcel({ taxClass: 'reduced' })],
      taxMode: 'exclusive',
      taxRates: [rate(190_000), rate(70_000, { taxClass: 'reduced' })],
      shipping: ways(flat(500)),
    });
    expect(result.shipping).toMatchObject({ amount: 500, total: 595 });
    const free = priced({ lines: [parcel()], shipping: ways(flat(500)), offers: [offer(FREE_SHIPPING)] });
    expect(free.shipping).toMatchObject({ amount: 500, discounts: [{ amount: 500 }], total: 0 });
    expect(free).toMatchObject({ discountTotal: 500, total: 1_000 });
  });

  it('a code for free shipping needs something to send, and gives nothing where it is free already', () => {
    const code = offer(FREE_SHIPPING, { code: 'FREESHIP' });
    expect(refused({ codes: ['FREESHIP'], offers: [code], shipping: ways(flat(500)) })).toEqual([
      { pointer: '/codes/0', detail: 'needs something that is sent as a parcel' },
    ]);
    const free = { lines: [parcel()], shipping: ways(flat(0)) };
    expect(refused({ ...free, codes: ['FREESHIP'], offers: [code] })).toEqual([
      { pointer: '/codes/0', detail: 'has nothing to take off: the shipping is free' },
    ]);
    expect(priced({ ...free, offers: [{ ...code, code: null }] }).promotions).toEqual([]);
  });

  it('a shop that charges nowhere sends for nothing', () => {
    expect(priced({ lines: [parcel()] })).toMatchObject({ shipping: null, total: 1_000 });
  });
});
