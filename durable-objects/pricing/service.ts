import type { CallContext } from '#shared/contracts/call.ts';
import {
  type CatalogueService,
  purchasableVariantSchema,
  type ResolvedVariants,
} from '#shared/contracts/catalogue.ts';
import { priceLeniently, waysToSend } from '#shared/domain/pricing/estimate.ts';
import {
  type PriceInput,
  type PriceRefusal,
  priceUntaxed,
  taxed,
  type Untaxed,
} from '#shared/domain/pricing/price.ts';
import type { Destination, PricedOrder } from '#shared/domain/pricing/priced.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/time/time.ts';
import type { Estimate, PriceAnswer, PriceRequest, PricingService } from './face.ts';
import { priceInput } from './input.ts';
import { refusedVariants } from './refused-variants.ts';
import { hasOrdered, readRules } from './read-rules.ts';
import type { Rules } from './rules.ts';
import type { TaxService } from './tax-service.ts';
import { priceWithoutUsedUp, type PromotionPorts } from './used-up.ts';

export interface PricingPorts extends PromotionPorts {
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
 * The one way to a price: one round trip to `COMMERCE_DB`, one call of the catalogue, one look at the list of orders only
 * when a promotion is for first orders, and one at each automatic promotion that counts and whose uses are limited.
 */
export function pricingService(ports: PricingPorts): PricingService {
  return {
    async price(call, request): Promise<PriceAnswer> {
      const { resolved, input } = await readTruth(ports, call, request);
      const refused = refusedVariants(resolved, request);
      if (refused.length > 0) return { resolved, priced: fail(refused) };
      const asked = { call, request, input };
      const untaxed = await priceWithoutUsedUp(asked, ports, (present) => {
        const value = priceUntaxed(present);
        return { value, promotions: value.ok ? value.value.promotions : [] };
      });
      return { resolved, priced: untaxed.ok ? await addTaxes(ports, call, input, untaxed.value) : untaxed };
    },
    async estimate(call, request): Promise<Estimate> {
      if (request.lines.length === 0) return NOTHING;
      const { resolved, input } = await readTruth(ports, call, request);
      const asked = { call, request, input };
      const lenient = await priceWithoutUsedUp(asked, ports, (present) => {
        const value = priceLeniently(present);
        return { value, promotions: value.untaxed?.promotions ?? [] };
      });
      const { untaxed, refusedCodes, refusals } = lenient;
      const priced =
        untaxed === null || input.lines.length === 0 ? null : await addTaxes(ports, call, input, untaxed);
      return {
        resolved,
        priced: priced?.ok === true ? priced.value : null,
        refusedCodes,
        refusals: priced?.ok === false ? [...refusals, ...priced.error] : refusals,
        shippingMethods: waysToSend(input),
      };
    },
    resolve: (call, request) => resolveVariants(ports.catalogue, call, request, []),
  };
}

const NOTHING: Estimate = {
  resolved: { variants: [], refused: [] },
  priced: null,
  refusedCodes: [],
  refusals: [],
  shippingMethods: [],
};

async function readTruth(
  ports: PricingPorts,
  call: CallContext,
  request: PriceRequest,
): Promise<{ resolved: ResolvedVariants; input: PriceInput }> {
  const { home } = ports;
  const rules = await readRules(ports.commerce, {
    currency: request.currency,
    codes: request.codes,
    destination: request.destination ?? home,
    customerId: request.customerId,
    nowMs: ports.clock.now(),
  });
  const [resolved, hasOrdered] = await Promise.all([
    resolveVariants(ports.catalogue, call, request, rules.groups),
    customerOrdered(ports, request, rules),
  ]);
  return { resolved, input: priceInput(request, { resolved, rules, home, hasOrdered }) };
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

async function customerOrdered(ports: PricingPorts, request: PriceRequest, rules: Rules): Promise<boolean> {
  const matters = rules.offers.some(({ conditions }) => conditions.firstOrder === true);
  return matters && request.customerId !== null
    ? hasOrdered(ports.orders, request.customerId, request.orderId)
    : false;
}

/** An outside service that does not answer, or answers nonsense, is passed over: the shop's own rates count. */
async function addTaxes(
  { taxService }: PricingPorts,
  call: CallContext,
  input: PriceInput,
  { parts, settle }: Untaxed,
): Promise<Result<PricedOrder, PriceRefusal[]>> {
  const { currency, taxMode, destination } = input;
  const outside =
    taxService === null ? null : await taxService.taxes(call, { currency, taxMode, destination, parts });
  return settle(outside ?? taxed(parts, input));
}
