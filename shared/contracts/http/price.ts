import { z } from 'zod';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import { currencySchema, moneySchema, type Currency } from '#shared/money/money.ts';

const discountSchema = z
  .strictObject({ promotionId: z.string(), title: z.string(), amount: moneySchema })
  .meta({ id: 'Discount' });
const taxSchema = z
  .strictObject({
    name: z.string(),
    /** Parts per million: 190000 is 19 %. */
    ratePpm: z.int(),
    amount: moneySchema,
    /** Whether the price contains it already. */
    included: z.boolean(),
  })
  .meta({ id: 'Tax' });

export const linePriceSchema = z
  .strictObject({
    /** Of one unit, without any price list, group or quantity. */
    listPrice: moneySchema,
    /** Of one unit, struck through beside the price. */
    compareAt: z.union([moneySchema, z.null()]),
    /** Of one unit, before discounts. */
    unitPrice: moneySchema,
    /** Which price list gave the unit price (`base`: the product's own), and why. */
    priceSource: z.strictObject({ list: z.string(), reason: z.string() }),
    /** `unitPrice` × quantity. */
    subtotal: moneySchema,
    discounts: z.array(discountSchema),
    taxes: z.array(taxSchema),
    /** What the customer pays for this line. */
    total: moneySchema,
  })
  .meta({ id: 'LinePrice', description: 'How the price of one line comes about' });
export type LinePrice = z.infer<typeof linePriceSchema>;

export const priceSchema = z
  .strictObject({
    currency: currencySchema,
    /** `inclusive`: prices contain their tax; `exclusive`: it is added. */
    taxMode: z.enum(['inclusive', 'exclusive']),
    subtotal: moneySchema,
    /** All discounts, those on shipping included. */
    discountTotal: moneySchema,
    /** Before its discounts. */
    shippingTotal: moneySchema,
    taxTotal: moneySchema,
    total: moneySchema,
    shipping: z.union([
      z
        .strictObject({
          methodId: z.string(),
          title: z.string(),
          amount: moneySchema,
          discounts: z.array(discountSchema),
          taxes: z.array(taxSchema),
          total: moneySchema,
        })
        .meta({ id: 'ShippingPrice' }),
      z.null(),
    ]),
    promotions: z.array(
      z.strictObject({
        promotionId: z.string(),
        /** Null: it applies by itself. */
        code: z.string().nullable(),
        title: z.string(),
        amount: moneySchema,
      }),
    ),
  })
  .meta({ id: 'Price', description: 'What it costs and why; the sum of the parts is the whole' });
export type Price = z.infer<typeof priceSchema>;

/** The price of one line as the API shows it. */
export function linePrice(currency: Currency, line: PricedOrder['lines'][number]): LinePrice {
  const money = (amount: number) => ({ amount, currency });
  const { listPrice, compareAt, unitPrice, priceSource, subtotal, discounts, taxes, total } = line;
  return {
    listPrice: money(listPrice),
    compareAt: compareAt === null ? null : money(compareAt),
    unitPrice: money(unitPrice),
    priceSource,
    subtotal: money(subtotal),
    ...partsOf(currency, { discounts, taxes }),
    total: money(total),
  };
}

/** Everything of a price but its lines, as the API shows it. */
export function orderPrice(priced: Omit<PricedOrder, 'lines'>): Price {
  const { currency, taxMode, shipping } = priced;
  const money = (amount: number) => ({ amount, currency });
  return {
    currency,
    taxMode,
    subtotal: money(priced.subtotal),
    discountTotal: money(priced.discountTotal),
    shippingTotal: money(priced.shippingTotal),
    taxTotal: money(priced.taxTotal),
    total: money(priced.total),
    shipping:
      shipping === null
        ? null
        : {
            methodId: shipping.methodId,
            title: shipping.title,
            amount: money(shipping.amount),
            ...partsOf(currency, shipping),
            total: money(shipping.total),
          },
    promotions: priced.promotions.map(({ promotionId, code, title, amount }) => ({
      promotionId,
      code,
      title,
      amount: money(amount),
    })),
  };
}

const partsOf = (
  currency: Currency,
  { discounts, taxes }: Pick<PricedOrder['lines'][number], 'discounts' | 'taxes'>,
) => ({
  discounts: discounts.map((discount) => ({ ...discount, amount: { amount: discount.amount, currency } })),
  taxes: taxes.map((tax) => ({ ...tax, amount: { amount: tax.amount, currency } })),
});
