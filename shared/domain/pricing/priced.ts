import type { Currency } from '#shared/money/money.ts';

/**
 * What an order costs and why. Every amount is in integer minor units of one currency and never negative; the sum of the
 * parts is the whole, always (docs/pricing.md).
 */
export interface PricedOrder {
  currency: Currency;
  /** `inclusive`: prices contain their tax; `exclusive`: it is added. */
  taxMode: TaxMode;
  /** Where the taxes and the ways of shipping were looked up for. */
  destination: Destination;
  /** Index-aligned with the lines asked for. */
  lines: PricedLine[];
  /** Null: nothing is sent as a parcel. */
  shipping: PricedShipping | null;
  /** Every promotion that gave something; those with a limit are claimed at their `Promotion` object. */
  promotions: AppliedPromotion[];
  /** Those that could have been expected to count and do not, and why; absent in prices of before this was told. */
  notCounted?: NotCounted[];
  /** Σ of the lines' subtotals. */
  subtotal: number;
  /** Σ of all discounts, those on shipping included. */
  discountTotal: number;
  /** Before its discounts. */
  shippingTotal: number;
  /** Included in the prices or added to them, see `taxMode`. */
  taxTotal: number;
  /** Σ of the lines' totals and the shipping's: what the customer pays. */
  total: number;
}

export type TaxMode = 'inclusive' | 'exclusive';

export interface Destination {
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** The part of an ISO 3166-2 code after the hyphen; null: not known or not needed. */
  region: string | null;
}

export interface PricedLine {
  /** Of one unit, from the base list: what it costs without any list, group or quantity. */
  listPrice: number;
  /** Of one unit, struck through beside the price; null when there is none. */
  compareAt: number | null;
  /** Of one unit, before discounts. */
  unitPrice: number;
  /** Which price list won (`base` for the product's own price) and why, in words. */
  priceSource: { list: string; reason: string };
  quantity: number;
  /** `unitPrice` × `quantity`. */
  subtotal: number;
  discounts: PricedDiscount[];
  taxes: PricedTax[];
  /** What the customer pays for this line: `subtotal` − discounts + taxes that are not included. */
  total: number;
  /** Of a bundle: what it is made of. Its own amounts are the sums of theirs. */
  parts?: PricedPart[];
}

/**
 * A component's share of the price of a bundle. `unitPrice` is that of one unit rounded down, so that `subtotal` may be more
 * than `unitPrice` × `quantity`.
 */
export interface PricedPart extends Omit<PricedLine, 'parts'> {
  variantId: string;
}

export interface PricedDiscount {
  promotionId: string;
  title: string;
  amount: number;
}

export interface PricedTax {
  name: string;
  /** Parts per million: 190000 is 19 %. */
  ratePpm: number;
  amount: number;
  included: boolean;
}

export interface PricedShipping {
  methodId: string;
  title: string;
  amount: number;
  discounts: PricedDiscount[];
  taxes: PricedTax[];
  /** What the customer pays for it. */
  total: number;
}

export interface AppliedPromotion {
  promotionId: string;
  /** Null: it applies by itself. */
  code: string | null;
  title: string;
  /** Σ of what it gave, on lines and shipping. */
  amount: number;
  /** How many orders may use it in all; null: any number. */
  limitTotal: number | null;
  limitPerCustomer: number | null;
}

export interface NotCounted {
  promotionId: string;
  /** Null: it would have applied by itself. */
  code: string | null;
  title: string;
  /** To follow the name of the promotion. */
  detail: string;
}

/** A price without its lines: what an order keeps beside each line's own price. */
export type PricedTotals = Omit<PricedOrder, 'lines'>;

/** A line that costs its list price: no discount, no tax told. */
export const plainLine = (unitPrice: number, quantity: number): PricedLine => ({
  listPrice: unitPrice,
  compareAt: null,
  unitPrice,
  priceSource: { list: 'base', reason: 'Standard price' },
  quantity,
  subtotal: unitPrice * quantity,
  discounts: [],
  taxes: [],
  total: unitPrice * quantity,
});
