import { z } from 'zod';
import type { PricedDiscount, PricedLine, PricedOrder } from '#shared/domain/pricing/priced.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { currencySchema, moneySchema, type Currency } from '#shared/money/money.ts';

const discountSchema = z
  .strictObject({ promotionId: z.string(), title: z.string(), amount: moneySchema })
  .meta({ id: 'Discount' });
/** Goods that came back pay for it: no discount of the shop. */
const creditSchema = z
  .strictObject({ returnId: z.string(), title: z.string(), amount: moneySchema })
  .meta({ id: 'Credit' });
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
    /** What goods that came back pay of it. */
    credits: z.array(creditSchema),
    taxes: z.array(taxSchema),
    /** What the customer pays for this line: after discounts and credits. */
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
    /** Codes that another promotion outdid, and promotions without a use left: they give nothing, and why. */
    notCounted: z.array(
      z.strictObject({
        promotionId: z.string(),
        code: z.string().nullable(),
        title: z.string(),
        /** To follow the name of the promotion. */
        detail: z.string(),
      }),
    ),
    /** Of an order that replaces goods: what came back pays for it. In no sum but `total`, which it lowers. */
    credits: z.array(creditSchema),
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
    ...partsOf(currency, { discounts: discounts.filter((one) => !isCredit(one)), taxes }),
    credits: discounts.filter(isCredit).map(({ promotionId, title, amount: given }) => ({
      returnId: promotionId,
      title,
      amount: money(given),
    })),
    total: money(total),
  };
}

/** A credit is kept as a discount that bears the name of the return it comes from. */
const isCredit = ({ promotionId }: PricedDiscount): boolean =>
  promotionId.startsWith(`${ID_PREFIXES.return}_`);

/** What each return pays, over all lines. */
function creditsOf(lines: readonly PricedLine[]): PricedDiscount[] {
  const credits = new Map<string, PricedDiscount>();
  for (const credit of lines.flatMap(({ discounts }) => discounts.filter(isCredit))) {
    const amount = (credits.get(credit.promotionId)?.amount ?? 0) + credit.amount;
    credits.set(credit.promotionId, { ...credit, amount });
  }
  return [...credits.values()];
}

/** Everything of a price but its lines, as the API shows it; `lines` tell which part of it is no discount but a credit. */
export function orderPrice(priced: Omit<PricedOrder, 'lines'>, lines: readonly PricedLine[]): Price {
  const credits = creditsOf(lines);
  const credited = credits.reduce((sum, { amount }) => sum + amount, 0);
  const { currency, taxMode, shipping } = priced;
  const money = (amount: number) => ({ amount, currency });
  return {
    currency,
    taxMode,
    subtotal: money(priced.subtotal),
    discountTotal: money(priced.discountTotal - credited),
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
    notCounted: priced.notCounted ?? [],
    credits: credits.map(({ promotionId, title, amount }) => ({
      returnId: promotionId,
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
