import { array, boolean, constant, constantFrom, integer, oneof, option, record } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Currency } from '#shared/money/money.ts';
import type { PriceableLine, PriceInput } from './price.ts';
import { BASE_LIST } from './price-lists.ts';
import { PPM, type PromotionEffect, type PromotionOffer } from './promotion.ts';
import type { ShippingMethod, ShippingRate } from './shipping.ts';
import type { TaxRate } from './tax.ts';

export const hexId = (prefix: string, n: number): string => `${prefix}_${n.toString(16).padStart(32, '0')}`;
const COLLECTIONS = ['spring', 'books', 'sale'];
const TAX_CLASSES = ['standard', 'reduced', 'books', 'exempt'];
const CODES = ['A1', 'B2', 'C3', 'D4'];

export const line = (values: Partial<PriceableLine> & { unitPrice?: number } = {}): PriceableLine => {
  const { unitPrice = 1_000, ...rest } = values;
  return {
    productId: hexId('prod', 1),
    variantId: hexId('var', 1),
    kind: 'licence',
    collections: [],
    quantity: 1,
    price: {
      listPrice: unitPrice,
      compareAt: null,
      unitPrice,
      priceSource: { list: BASE_LIST, reason: 'Standard price' },
    },
    taxClass: 'standard',
    parcelGrams: null,
    ...rest,
  };
};

export const offer = (effect: PromotionEffect, values: Partial<PromotionOffer> = {}): PromotionOffer => ({
  id: hexId('promo', 1),
  title: 'Promotion',
  code: null,
  stacking: 'combinable',
  priority: 0,
  conditions: {},
  effect,
  limitTotal: null,
  limitPerCustomer: null,
  ...values,
});

export const order = (values: Partial<PriceInput> = {}): PriceInput => ({
  currency: 'EUR',
  taxMode: 'inclusive',
  destination: { country: 'DE', region: null },
  customer: { id: null, groups: [], hasOrdered: false },
  lines: [line()],
  codes: [],
  offers: [],
  taxRates: [],
  shipping: { methods: [], offered: false, wanted: null },
  ...values,
});

const anyParts = array(
  record({
    quantity: integer({ min: 1, max: 4 }),
    listPrice: oneof(constant(0), integer({ min: 0, max: 20_000 })),
    taxClass: constantFrom(...TAX_CLASSES),
  }),
  { minLength: 1, maxLength: 4 },
).map((some) => some.map((part, index) => ({ ...part, variantId: hexId('var', 10 + index) })));
const anyLine: Arbitrary<PriceableLine> = record({
  product: integer({ min: 1, max: 4 }),
  unitPrice: oneof(integer({ min: 0, max: 30 }), integer({ min: 0, max: 400_000 })),
  quantity: integer({ min: 1, max: 12 }),
  collections: array(constantFrom(...COLLECTIONS), { maxLength: 2 }),
  taxClass: constantFrom(...TAX_CLASSES),
  parcelGrams: option(integer({ min: 0, max: 5_000 })),
  parts: option(anyParts, { freq: 2 }),
}).map(({ product, unitPrice, parts, ...rest }) =>
  line({
    productId: hexId('prod', product),
    variantId: hexId('var', product),
    unitPrice,
    ...rest,
    ...(parts === null ? {} : { parts, kind: 'bundle' }),
  }),
);

const selection = oneof(
  constant({}),
  constantFrom(...COLLECTIONS).map((handle) => ({ collections: [handle] })),
  integer({ min: 1, max: 4 }).map((n) => ({ products: [hexId('prod', n)] })),
);
const ratePpm = oneof(integer({ min: 1, max: PPM }), constant(PPM));
const amounts = integer({ min: 1, max: 500_000 }).map((EUR) => ({ EUR }));
const effect: Arbitrary<PromotionEffect> = oneof(
  record({ type: constant('percent' as const), ratePpm, lines: selection }),
  record({ type: constant('percent' as const), ratePpm, lines: selection, amountMax: amounts }),
  record({ type: constant('fixed' as const), amounts, lines: selection }),
  constant({ type: 'free_shipping' as const }),
  record({
    type: constant('buy_x_get_y' as const),
    buy: integer({ min: 1, max: 4 }),
    get: integer({ min: 1, max: 3 }),
    ratePpm,
    timesMax: option(integer({ min: 1, max: 3 })),
    lines: selection,
  }),
  record({
    type: constant('buy_x_get_y' as const),
    buy: integer({ min: 1, max: 4 }),
    get: integer({ min: 1, max: 3 }),
    ratePpm,
    timesMax: constant(null),
    lines: selection,
    getLines: selection,
  }),
);
const offers: Arbitrary<PromotionOffer[]> = array(
  record({
    effect,
    stacking: constantFrom('combinable' as const, 'combinable' as const, 'exclusive' as const),
    priority: integer({ min: -2, max: 2 }),
    byCode: boolean(),
    conditions: oneof(
      constant({}),
      amounts.map((subtotalMin) => ({ subtotalMin })),
    ),
  }),
  { maxLength: 4 },
).map((some) =>
  some.map(({ byCode, ...values }, index) =>
    offer(values.effect, {
      ...values,
      id: hexId('promo', index + 1),
      title: `Promotion ${index}`,
      code: byCode ? (CODES[index] ?? null) : null,
    }),
  ),
);
const rates: Arbitrary<TaxRate[]> = array(
  record({
    taxClass: constantFrom(...TAX_CLASSES),
    ratePpm: oneof(constantFrom(0, 70_000, 190_000, 99_750), integer({ min: 0, max: PPM })),
    compound: boolean(),
    position: integer({ min: 0, max: 2 }),
  }),
  { maxLength: 6 },
).map((some) => some.map((rate, index) => ({ ...rate, id: hexId('tax', index), name: `Tax ${index}` })));

const currency: Currency = 'EUR';
const price = integer({ min: 0, max: 5_000 });
const freeFrom = option(integer({ min: 0, max: 100_000 }));
const shippingRate: Arbitrary<ShippingRate> = oneof(
  record({ type: constant('flat' as const), currency: constant(currency), amount: price, freeFrom }),
  record({ light: price, heavy: price, freeFrom }).map(({ light, heavy, freeFrom }) => ({
    type: 'by_weight' as const,
    currency,
    steps: [
      { upToGrams: 2_000, amount: light },
      { upToGrams: 30_000, amount: heavy },
    ],
    freeFrom,
  })),
  record({ small: price, large: price, freeFrom }).map(({ small, large, freeFrom }) => ({
    type: 'by_total' as const,
    currency,
    steps: [
      { from: 0, amount: small },
      { from: 5_000, amount: large },
    ],
    freeFrom,
  })),
);
const methods: Arbitrary<ShippingMethod[]> = array(
  record({
    rate: shippingRate,
    taxClass: constantFrom(...TAX_CLASSES),
    position: integer({ min: 0, max: 2 }),
  }),
  { maxLength: 3 },
).map((some) =>
  some.map(({ rate, ...values }, index) => ({
    ...values,
    id: hexId('ship', index),
    title: `Way ${index}`,
    rates: [rate],
  })),
);

/** Carts, rules, taxes and ways of shipping of every kind; every code that is asked for is known. */
export const anyOrder: Arbitrary<PriceInput> = record({
  lines: array(anyLine, { minLength: 1, maxLength: 8 }),
  offers,
  taxRates: rates,
  taxMode: constantFrom('inclusive' as const, 'exclusive' as const),
  methods,
}).map(({ methods: some, ...values }) =>
  order({
    ...values,
    codes: values.offers.flatMap(({ code }) => (code === null ? [] : [code])),
    shipping: { methods: some, offered: false, wanted: null },
  }),
);
