import { z } from 'zod';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema, type Currency } from '#shared/money/money.ts';

const amountSchema = z.int().min(0).max(AMOUNT_MAX_MINOR_UNITS);
const WEIGHT_MAX_GRAMS = 1_000_000_000;

const ascending = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0));

/** What a method costs in one currency, minor units. */
export const shippingRateSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('flat'),
      currency: currencySchema,
      amount: amountSchema,
      /** Costs nothing from this subtotal of the order on, before discounts. */
      freeFrom: amountSchema.nullable().default(null),
    }),
    z.strictObject({
      type: z.literal('by_weight'),
      currency: currencySchema,
      /** The first step that is not exceeded counts; what is heavier than the last is not sent this way. */
      steps: z
        .array(z.strictObject({ upToGrams: z.int().min(1).max(WEIGHT_MAX_GRAMS), amount: amountSchema }))
        .min(1)
        .max(50)
        .refine((steps) => ascending(steps.map((step) => step.upToGrams)), 'must ascend'),
      freeFrom: amountSchema.nullable().default(null),
    }),
    z.strictObject({
      type: z.literal('by_total'),
      currency: currencySchema,
      /** The last step that is reached by the subtotal of the order, before discounts, counts. The first starts at 0. */
      steps: z
        .array(z.strictObject({ from: amountSchema, amount: amountSchema }))
        .min(1)
        .max(50)
        .refine(
          (steps) => steps[0]?.from === 0 && ascending(steps.map((step) => step.from)),
          'must start at 0 and ascend',
        ),
      freeFrom: amountSchema.nullable().default(null),
    }),
  ])
  .meta({ id: 'ShippingRate' });
export type ShippingRate = z.infer<typeof shippingRateSchema>;

/** A method that serves the destination. */
export interface ShippingMethod {
  id: string;
  title: string;
  taxClass: string;
  /** Lower ones come first. */
  position: number;
  /** At most one a currency. */
  rates: ShippingRate[];
}

/** What is sent. */
export interface Shipment {
  currency: Currency;
  /** Of everything that is sent. */
  weightGrams: number;
  /** Of the whole order, before discounts. */
  subtotal: number;
}

export interface ShippingOption {
  method: ShippingMethod;
  amount: number;
}

/** Ways to send it, cheapest first; among equals by position. */
export function shippingOptions(methods: readonly ShippingMethod[], shipment: Shipment): ShippingOption[] {
  return methods
    .flatMap((method) => {
      const amount = costOf(method, shipment);
      return amount === null ? [] : [{ method, amount }];
    })
    .sort(
      (a, b) =>
        a.amount - b.amount || a.method.position - b.method.position || (a.method.id < b.method.id ? -1 : 1),
    );
}

/** Null: not sent this way. */
function costOf({ rates }: ShippingMethod, { currency, weightGrams, subtotal }: Shipment): number | null {
  const rate = rates.find((each) => each.currency === currency);
  if (rate === undefined) return null;
  const amount = amountOf(rate, weightGrams, subtotal);
  return amount !== null && rate.freeFrom !== null && subtotal >= rate.freeFrom ? 0 : amount;
}

function amountOf(rate: ShippingRate, weightGrams: number, subtotal: number): number | null {
  switch (rate.type) {
    case 'flat':
      return rate.amount;
    case 'by_weight':
      return rate.steps.find((step) => weightGrams <= step.upToGrams)?.amount ?? null;
    case 'by_total':
      return rate.steps.findLast((step) => subtotal >= step.from)?.amount ?? null;
  }
}
