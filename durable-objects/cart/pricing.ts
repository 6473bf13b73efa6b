import type { CallContext } from '#shared/contracts/call.ts';
import {
  type CatalogueService,
  type PurchasableVariant,
  purchasableVariantSchema,
  type ResolvedVariants,
} from '#shared/contracts/catalogue.ts';
import type { Address } from '#shared/domain/address.ts';
import { plainLine, type PricedOrder } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import type { Availability } from '#shared/domain/product.ts';
import type { Currency } from '#shared/money/money.ts';

export interface PriceQuestion {
  currency: Currency;
  customerId: string | null;
  lines: { variantId: string; quantity: number; customisation: Record<string, unknown> }[];
  codes: string[];
  shippingAddress: Address | null;
  shippingMethodId: string | null;
}
export type LineTruth =
  | { variant: PurchasableVariant; availability: Availability | null }
  | { refused: ResolvedVariants['refused'][number]['reason'] };

/** What may be bought of a cart, and for how much. */
export interface PriceAnswer {
  /** Index-aligned with the lines asked about. */
  lines: LineTruth[];
  /** Of the lines that can be bought, in their order; null when there are none. */
  priced: PricedOrder | null;
  refusedCodes: { code: string; detail: string }[];
  shippingMethods: { id: string; title: string; amount: number }[];
}

export interface CartPricer {
  price(call: CallContext, question: PriceQuestion): Promise<PriceAnswer>;
}

/** Prices of the catalogue's truth. */
export const cataloguePricer = (catalogue: CatalogueService): CartPricer => ({
  async price(call, question) {
    const { currency } = question;
    const wanted = new Map<string, number>();
    for (const { variantId, quantity } of question.lines)
      wanted.set(variantId, (wanted.get(variantId) ?? 0) + quantity);
    const items = [...wanted].map(([variantId, quantity]) => ({ variantId, quantity }));
    const truth =
      items.length === 0 ? { variants: [], refused: [] } : await resolved(catalogue, call, items, currency);
    const variants = new Map(truth.variants.map((variant) => [variant.variantId, variant]));
    const reasons = new Map(truth.refused.map(({ variantId, reason }) => [variantId, reason]));
    const lines = question.lines.map(({ variantId }): LineTruth => {
      const variant = variants.get(variantId);
      if (variant === undefined) return { refused: reasons.get(variantId) ?? 'unknown_variant' };
      return { variant, availability: null };
    });
    const prices = question.lines.flatMap(({ variantId, quantity }) => {
      const variant = variants.get(variantId);
      return variant === undefined ? [] : [plainLine(variant.unitPrice.amount, quantity)];
    });
    const country = question.shippingAddress?.country ?? 'DE';
    const of = {
      currency,
      taxMode: 'inclusive',
      destination: { country, region: null },
      promotions: [],
    } as const;
    return {
      lines,
      priced:
        prices.length === 0 ? null : { ...totalsOf({ ...of, promotions: [] }, prices, null), lines: prices },
      refusedCodes: question.codes.map((code) => ({ code, detail: 'is not a code we know' })),
      shippingMethods: [],
    };
  },
});

async function resolved(
  catalogue: CatalogueService,
  call: CallContext,
  items: { variantId: string; quantity: number }[],
  currency: Currency,
): Promise<ResolvedVariants> {
  const answer = await catalogue.resolveVariants(call, { items, currency });
  if (!answer.ok) throw new Error('the catalogue did not resolve the variants');
  return { ...answer.value, variants: purchasableVariantSchema.array().parse(answer.value.variants) };
}
