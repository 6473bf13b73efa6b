import type { CallContext } from '#shared/contracts/call.ts';
import {
  type CatalogueService,
  purchasableVariantSchema,
  type ResolvedVariants,
} from '#shared/contracts/catalogue.ts';
import { type PriceInput, type PriceRefusal, priceUntaxed, taxed } from '#shared/domain/pricing/price.ts';
import type { Destination, PricedOrder } from '#shared/domain/pricing/priced.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/time/time.ts';
import type { PriceAnswer, PriceRequest, PricingService } from './face.ts';
import { priceInput } from './input.ts';
import { refusedVariants } from './refused-variants.ts';
import { hasOrdered, readRules } from './read-rules.ts';
import type { Rules } from './rules.ts';
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
      const input = priceInput(request, { resolved, rules, home: ports.home, hasOrdered: ordered });
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

async function customerOrdered(ports: PricingPorts, request: PriceRequest, rules: Rules): Promise<boolean> {
  const matters = rules.offers.some(({ conditions }) => conditions.firstOrder === true);
  return matters && request.customerId !== null
    ? hasOrdered(ports.orders, request.customerId, request.orderId)
    : false;
}

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
