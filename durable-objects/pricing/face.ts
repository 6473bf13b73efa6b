import type { CallContext } from '#shared/contracts/call.ts';
import type { ResolvedVariants } from '#shared/contracts/catalogue.ts';
import type { PriceRefusal } from '#shared/domain/pricing/price.ts';
import type { Destination, PricedOrder } from '#shared/domain/pricing/priced.ts';
import type { Result } from '#shared/domain/result.ts';
import type { Currency } from '#shared/money/money.ts';

/** What is to be priced. */
export interface PriceRequest {
  currency: Currency;
  lines: readonly { variantId: string; quantity: number }[];
  codes: readonly string[];
  /** Null: the cheapest that serves the destination. */
  shippingMethodId: string | null;
  /** Null: the shop's own country. */
  destination: Destination | null;
  /** Null: nobody has signed in. */
  customerId: string | null;
  /** The order that is being priced: it is no other order of its customer. */
  orderId: string | null;
  /** Promotions of which it has a use already: they have one left for it. */
  claimed?: readonly string[];
  /** Automatic promotions that had no use left when it claimed one. */
  passedOver?: readonly string[];
  /** A unit costs this, whatever lists say, and no promotion counts: a change of what its customer owns. */
  instead?: { amount: number; reason: string };
}

export interface PriceAnswer {
  /** Each variant once, in the order of the lines. */
  resolved: ResolvedVariants;
  /** Or every field that makes it impossible, variants that cannot be bought included. */
  priced: Result<PricedOrder, PriceRefusal[]>;
}

/** What it would cost, without what stands against ordering it. */
export interface Estimate {
  resolved: ResolvedVariants;
  /** Of the lines that can be bought, in their order; null when there are none, or they cost too much. */
  priced: PricedOrder | null;
  refusedCodes: { code: string; detail: string }[];
  /** Everything else but variants and codes. */
  refusals: PriceRefusal[];
  /** Every way to send it to its destination, cheapest first; none when nothing is sent. */
  shippingMethods: { id: string; title: string; amount: number }[];
}

/** Reads the truth and prices. Nothing is written, held or claimed: asking twice costs nothing but the reads. */
export interface PricingService {
  price(call: CallContext, request: PriceRequest): Promise<PriceAnswer>;
  /** For carts and previews: leaves out what stands against it, and tells. */
  estimate(call: CallContext, request: PriceRequest): Promise<Estimate>;
  /** Only what can be bought, for an order whose price was promised before. */
  resolve(call: CallContext, request: PriceRequest): Promise<ResolvedVariants>;
}
