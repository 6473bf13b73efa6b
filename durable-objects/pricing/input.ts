import type { PurchasableVariant, ResolvedVariants } from '#shared/contracts/catalogue.ts';
import type { PriceableLine, PriceInput } from '#shared/domain/pricing/price.ts';
import type { Destination } from '#shared/domain/pricing/priced.ts';
import type { PriceRequest } from './face.ts';
import type { Rules } from './rules.ts';

/** What was read to price a request. */
export interface PriceTruth {
  resolved: ResolvedVariants;
  rules: Rules;
  home: Destination;
  hasOrdered: boolean;
}

/** Brings what was read into the form that is priced. Pure; lines whose variant cannot be bought are left out. */
export function priceInput(
  request: PriceRequest,
  { resolved, rules, home, hasOrdered }: PriceTruth,
): PriceInput {
  const variants = new Map(resolved.variants.map((variant) => [variant.variantId, variant]));
  return {
    currency: request.currency,
    taxMode: rules.taxMode,
    destination: request.destination ?? home,
    customer: { id: request.customerId, groups: rules.groups, hasOrdered },
    lines: request.lines.flatMap(({ variantId, quantity }) => {
      const variant = variants.get(variantId);
      return variant === undefined ? [] : [priceable(variant, quantity, request.instead)];
    }),
    codes: request.codes,
    offers: request.instead === undefined ? rules.offers : [],
    taxRates: rules.taxRates,
    shipping: {
      methods: rules.shippingMethods,
      offered: rules.shippingOffered,
      wanted: request.shippingMethodId,
    },
  };
}

const priceable = (
  variant: PurchasableVariant,
  quantity: number,
  instead: PriceRequest['instead'],
): PriceableLine => ({
  productId: variant.productId,
  variantId: variant.variantId,
  kind: variant.kind,
  collections: variant.collections,
  quantity,
  price:
    instead === undefined
      ? {
          listPrice: variant.listPrice.amount,
          compareAt: variant.compareAt?.amount ?? null,
          unitPrice: variant.unitPrice.amount,
          priceSource: variant.priceSource,
        }
      : {
          listPrice: instead.amount,
          compareAt: null,
          unitPrice: instead.amount,
          priceSource: { list: 'proration', reason: instead.reason },
        },
  taxClass: variant.taxClass,
  ...(variant.components === undefined
    ? { parcelGrams: gramsOf(variant) }
    : {
        parcelGrams: gramsOfBundle(variant.components),
        parts: variant.components.map(({ quantity: units, variant: part }) => ({
          variantId: part.variantId,
          quantity: units,
          listPrice: part.listPrice.amount,
          taxClass: part.taxClass,
        })),
      }),
});

const gramsOf = ({ fulfilment }: Pick<PurchasableVariant, 'fulfilment'>): number | null =>
  fulfilment.template === 'parcel' ? fulfilment.weightGrams : null;

/** Of what is sent of one bundle; null: nothing is. */
function gramsOfBundle(components: NonNullable<PurchasableVariant['components']>): number | null {
  const sent = components.flatMap(({ quantity, variant }) => {
    const grams = gramsOf(variant);
    return grams === null ? [] : [grams * quantity];
  });
  return sent.length === 0 ? null : sent.reduce((sum, grams) => sum + grams, 0);
}
