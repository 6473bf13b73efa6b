import type { CallContext } from '#shared/contracts/call.ts';
import {
  type CatalogueService,
  purchasableVariantSchema,
  type PurchasableVariant,
  type ResolvedVariants,
} from '#shared/contracts/catalogue.ts';
import {
  type PriceableLine,
  type PriceInput,
  type PriceRefusal,
  priceUntaxed,
  taxed,
} from '#shared/domain/pricing/price.ts';
import type { Destination, PricedOrder } from '#shared/domain/pricing/priced.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/time/time.ts';
import type { PriceAnswer, PriceRequest, PricingService } from './face.ts';
import { hasOrdered, readRules, type Rules } from './rules.ts';
import type { TaxService } from './tax-service.ts';

export interface PricingPorts {
  clock: Clock;
  catalogue: CatalogueService;
  /** What operators have set: `COMMERCE_DB`. */
  commerce: D1Database;
  /** The list of orders, to know a first one: `ORDERS_DB`. */
  orders: D1Database;
  /** Null: the shop's own rates. */
  taxService: TaxService | null;
  /** Where a customer is who did not say. */
  home: Destination;
}

/**
 * The one way to a price: one round trip to `COMMERCE_DB`, one call of the catalogue, and one look at the list of orders
 * only when a promotion is for first orders.
 */
export function pricingService(ports: PricingPorts): PricingService {
  const rulesFor = (request: PriceRequest): Promise<Rules> =>
    readRules(ports.commerce, {
      currency: request.currency,
      codes: request.codes,
      destination: request.destination ?? ports.home,
      customerId: request.customerId,
      nowMs: ports.clock.now(),
    });
  return {
    async price(call, request): Promise<PriceAnswer> {
      const rules = await rulesFor(request);
      const [resolved, ordered] = await Promise.all([
        resolveVariants(ports.catalogue, call, request, rules.groups),
        customerOrdered(ports, request, rules),
      ]);
      const refused = refusedVariants(resolved, request);
      if (refused.length > 0) return { resolved, priced: fail(refused) };
      const input = inputOf(request, resolved, rules, request.destination ?? ports.home, ordered);
      return { resolved, priced: await addTaxes(ports.taxService, call, input) };
    },
    resolve: (call, request) => resolveVariants(ports.catalogue, call, request, []),
  };
}

async function resolveVariants(
  catalogue: CatalogueService,
  call: CallContext,
  request: PriceRequest,
  groups: string[],
): Promise<ResolvedVariants> {
  const wanted = new Map<string, number>();
  for (const { variantId, quantity } of request.lines)
    wanted.set(variantId, (wanted.get(variantId) ?? 0) + quantity);
  const items = [...wanted].map(([variantId, quantity]) => ({ variantId, quantity }));
  const answer = await catalogue.resolveVariants(call, { items, currency: request.currency, groups });
  if (!answer.ok) throw new Error('the catalogue did not resolve the variants');
  return checked(answer.value, request.currency);
}

/** A wrong price is never sold: what does not fit the contract is a fault, not an order. */
function checked(resolved: ResolvedVariants, currency: string): ResolvedVariants {
  const variants = purchasableVariantSchema.array().parse(resolved.variants);
  for (const { unitPrice, sku } of variants) {
    if (unitPrice.currency !== currency || unitPrice.amount < 0) {
      throw new Error(`the catalogue's price of ${sku} is not an amount in ${currency}`);
    }
  }
  return { variants, refused: resolved.refused };
}

const REFUSED_TEXT = {
  unknown_variant: () => 'is not a variant we know',
  not_published: () => 'cannot be bought at the moment',
  no_price_in_currency: (currency: string) => `has no price in ${currency}`,
} as const;

/** The lines whose variant cannot be bought. */
export function refusedVariants(
  { variants, refused }: ResolvedVariants,
  request: Pick<PriceRequest, 'lines' | 'currency'>,
): PriceRefusal[] {
  const known = new Set(variants.map(({ variantId }) => variantId));
  const reasons = new Map(refused.map(({ variantId, reason }) => [variantId, reason]));
  return request.lines.flatMap(({ variantId }, index) => {
    if (known.has(variantId)) return [];
    const detail = REFUSED_TEXT[reasons.get(variantId) ?? 'unknown_variant'](request.currency);
    return [{ pointer: `/lines/${index}/variantId`, detail }];
  });
}

async function customerOrdered(ports: PricingPorts, request: PriceRequest, rules: Rules): Promise<boolean> {
  const matters = rules.offers.some(({ conditions }) => conditions.firstOrder === true);
  return matters && request.customerId !== null
    ? hasOrdered(ports.orders, request.customerId, request.orderId)
    : false;
}

function inputOf(
  request: PriceRequest,
  resolved: ResolvedVariants,
  rules: Rules,
  destination: Destination,
  ordered: boolean,
): PriceInput {
  const variants = new Map(resolved.variants.map((variant) => [variant.variantId, variant]));
  return {
    currency: request.currency,
    taxMode: rules.taxMode,
    destination,
    customer: { id: request.customerId, groups: rules.groups, hasOrdered: ordered },
    lines: request.lines.flatMap(({ variantId, quantity }) => {
      const variant = variants.get(variantId);
      return variant === undefined ? [] : [priceable(variant, quantity)];
    }),
    codes: request.codes,
    offers: rules.offers,
    taxRates: rules.taxRates,
    shipping: {
      methods: rules.shippingMethods,
      offered: rules.shippingOffered,
      wanted: request.shippingMethodId,
    },
  };
}

const priceable = (variant: PurchasableVariant, quantity: number): PriceableLine => ({
  productId: variant.productId,
  variantId: variant.variantId,
  kind: variant.kind,
  collections: variant.collections,
  quantity,
  price: {
    listPrice: variant.listPrice.amount,
    compareAt: variant.compareAt?.amount ?? null,
    unitPrice: variant.unitPrice.amount,
    priceSource: variant.priceSource,
  },
  taxClass: variant.taxClass,
  parcelGrams: variant.fulfilment.template === 'parcel' ? variant.fulfilment.weightGrams : null,
});

/** An outside service that does not answer, or answers nonsense, is passed over: the shop's own rates count. */
async function addTaxes(
  taxService: TaxService | null,
  call: CallContext,
  input: PriceInput,
): Promise<Result<PricedOrder, PriceRefusal[]>> {
  const untaxed = priceUntaxed(input);
  if (!untaxed.ok) return untaxed;
  const { parts, settle } = untaxed.value;
  const { currency, taxMode, destination } = input;
  const outside =
    taxService === null ? null : await taxService.taxes(call, { currency, taxMode, destination, parts });
  return settle(outside ?? taxed(parts, input));
}
