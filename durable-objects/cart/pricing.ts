import { buyerNamed, customerOf } from '#shared/domain/customer.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { PurchasableVariant, ResolvedVariants } from '#shared/contracts/catalogue.ts';
import type { Address } from '#shared/domain/address.ts';
import type { PriceRefusal } from '#shared/domain/pricing/price.ts';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import type { Currency } from '#shared/money/money.ts';
import type { PricingService } from '../pricing/face.ts';
import type { CartDocument } from './machine/document.ts';

export interface PriceQuestion {
  currency: Currency;
  customerId: string | null;
  lines: { variantId: string; quantity: number; customisation: Record<string, unknown> }[];
  codes: string[];
  shippingAddress: Address | null;
  destination: CartDocument['settings']['destination'];
  shippingMethodId: string | null;
}
export type LineTruth =
  | { variant: PurchasableVariant }
  | { refused: ResolvedVariants['refused'][number]['reason'] };

/** What may be bought of a cart, and for how much. */
export interface PriceAnswer {
  /** Index-aligned with the lines asked about. */
  lines: LineTruth[];
  /** Of the lines that can be bought, in their order; null when there are none. */
  priced: PricedOrder | null;
  refusedCodes: { code: string; detail: string }[];
  /** What else stands against ordering it: a way of shipping that does not serve, too much money. */
  refusals: PriceRefusal[];
  shippingMethods: { id: string; title: string; amount: number }[];
}

export interface CartPricer {
  price(call: CallContext, question: PriceQuestion): Promise<PriceAnswer>;
}

/** Prices a cart as an order of it would be priced. */
export const cartPricer = (pricing: PricingService): CartPricer => ({
  async price(call, question) {
    const { currency, lines, codes, customerId, shippingMethodId } = question;
    const place = question.shippingAddress ?? question.destination;
    const { resolved, ...estimate } = await pricing.estimate(call, {
      currency,
      lines,
      codes,
      shippingMethodId,
      destination: place === null ? null : { country: place.country, region: place.region ?? null },
      customerId,
      orderId: null,
    });
    const variants = new Map(resolved.variants.map((variant) => [variant.variantId, variant]));
    const reasons = new Map(resolved.refused.map(({ variantId, reason }) => [variantId, reason]));
    return {
      ...estimate,
      lines: lines.map(({ variantId }): LineTruth => {
        const variant = variants.get(variantId);
        return variant === undefined ? { refused: reasons.get(variantId) ?? 'unknown_variant' } : { variant };
      }),
    };
  },
});

export function questionOf({ owner, settings, lines, codes }: CartDocument): PriceQuestion {
  return {
    currency: settings.currency,
    customerId: owner.as === 'customer' ? customerOf(buyerNamed(owner.customerId)) : null,
    lines: lines.map(({ variantId, quantity, customisation }) => ({ variantId, quantity, customisation })),
    codes,
    shippingAddress: settings.shippingAddress,
    destination: settings.destination,
    shippingMethodId: settings.shippingMethodId,
  };
}
