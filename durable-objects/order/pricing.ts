import type { PurchasableVariant, ResolvedVariants } from '#shared/contracts/catalogue.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import { partedPrice } from '#shared/domain/pricing/frozen.ts';
import { plainLine, type PricedOrder, type PricedTotals } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { AMOUNT_MAX_MINOR_UNITS } from '#shared/money/money.ts';
import { customisationErrors } from '../lib/customisation.ts';
import type { Line, OrderDocument, Refusal } from './machine/document.ts';

export interface Priced {
  lines: Line[];
  pricing: PricedTotals;
}

const REFUSED_TEXT = {
  unknown_variant: () => 'is not a variant we know',
  not_published: () => 'cannot be bought at the moment',
  no_price_in_currency: (request) => `has no price in ${request.currency}`,
} as const satisfies Record<string, (request: PlaceOrder) => string>;

/**
 * Prices an order from what the catalogue says now, or names every field that makes it impossible. A `frozen` price
 * stands instead of the catalogue's, and nothing else does. Pure; integer arithmetic in minor units only.
 */
export function price(
  request: PlaceOrder,
  lineIds: OrderDocument['lineIds'],
  resolved: ResolvedVariants,
  frozen: PricedOrder | null = null,
): Result<Priced, Refusal[]> {
  const variants = new Map(resolved.variants.map((variant) => [variant.variantId, variant]));
  const refused = new Map(resolved.refused.map(({ variantId, reason }) => [variantId, reason]));
  const asked = new Map<string, number>();
  const refusals: Refusal[] = [];
  const lines: Line[] = [];
  for (const [index, wanted] of request.lines.entries()) {
    const at = `/lines/${index}`;
    const variant = variants.get(wanted.variantId);
    const ids = lineIds[index];
    if (variant === undefined || ids === undefined) {
      const reason = refused.get(wanted.variantId) ?? 'unknown_variant';
      refusals.push({ pointer: `${at}/variantId`, detail: REFUSED_TEXT[reason](request) });
      continue;
    }
    const quantity = (asked.get(variant.variantId) ?? 0) + wanted.quantity;
    asked.set(variant.variantId, quantity);
    refusals.push(...lineRefusals(at, quantity, variant, wanted.customisation));
    lines.push(lineOf(variant, wanted, ids));
  }
  const parcel = lines.find((line) => line.fulfilment.template === 'parcel');
  if (parcel !== undefined && request.shippingAddress === undefined) {
    refusals.push({
      pointer: '/shippingAddress',
      detail: `is required: ${parcel.title} is sent as a parcel`,
    });
  }
  const pricing = totalsOf(
    {
      currency: request.currency,
      taxMode: 'inclusive',
      destination: { country: request.shippingAddress?.country ?? 'DE', region: null },
      promotions: [],
    },
    lines.map((line) => line.price),
    null,
  );
  if (pricing.total > AMOUNT_MAX_MINOR_UNITS) {
    refusals.push({
      pointer: '/lines',
      detail: `cost more than one payment may carry (${AMOUNT_MAX_MINOR_UNITS})`,
    });
  }
  if (refusals.length > 0) return fail(refusals);
  return ok(frozen === null ? { lines, pricing } : promisedPrice(lines, frozen));
}

function promisedPrice(lines: Line[], frozen: PricedOrder): Priced {
  const { lines: prices, totals } = partedPrice(frozen);
  return {
    lines: lines.map((line, index) => ({ ...line, price: prices[index] ?? line.price })),
    pricing: totals,
  };
}

/** The limit of a variant counts over all lines of the order. */
function lineRefusals(
  at: string,
  quantity: number,
  variant: PurchasableVariant,
  customisation: Record<string, unknown>,
): Refusal[] {
  const refusals = customisationErrors(variant.customisationSchema, customisation).map((error) => ({
    pointer: `${at}/customisation${error.pointer}`,
    detail: error.detail,
  }));
  if (quantity > variant.quantityMax) {
    refusals.push({ pointer: `${at}/quantity`, detail: `at most ${variant.quantityMax} in one order` });
  }
  return refusals;
}

function lineOf(
  variant: PurchasableVariant,
  wanted: PlaceOrder['lines'][number],
  ids: OrderDocument['lineIds'][number],
): Line {
  const { unitPrice, listPrice, compareAt, priceSource, ...about } = variant;
  const {
    quantityMax: _max,
    customisationSchema: _schema,
    taxClass: _tax,
    collections: _in,
    ...kept
  } = about;
  const price = {
    ...plainLine(unitPrice.amount, wanted.quantity),
    listPrice: listPrice.amount,
    compareAt: compareAt?.amount ?? null,
    priceSource,
  };
  return {
    ...kept,
    id: ids.lineId,
    instanceId: ids.instanceId,
    workflowId: ids.workflowId,
    quantity: wanted.quantity,
    price,
    customisation: wanted.customisation,
    state: 'pending',
    released: false,
    deliveredAt: null,
    revoked: 'no',
    detail: 'Not started',
  };
}
