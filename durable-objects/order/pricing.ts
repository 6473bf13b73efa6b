import type { PurchasableVariant } from '#shared/contracts/catalogue.ts';
import { type PlaceOrder, QUANTITY_MAX } from '#shared/contracts/http/orders.ts';
import type { InstanceChange } from '#shared/contracts/instance-changes.ts';
import { partedPrice } from '#shared/domain/pricing/frozen.ts';
import type { PricedLine, PricedTotals } from '#shared/domain/pricing/priced.ts';
import { onDisputeOf } from '#shared/domain/product.ts';
import { unpayable } from '#shared/domain/payment-methods.ts';
import { quantityFault } from '#shared/domain/purchase-limits.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { customisationErrors } from '../lib/customisation.ts';
import type { PriceAnswer } from '../pricing/face.ts';
import type { Line, OrderDocument, Refusal } from './machine/document.ts';

export interface Priced {
  lines: Line[];
  pricing: PricedTotals;
}

interface LineRules {
  isReplacement?: boolean;
  /** It changes what its customer owns: nothing leaves the shelf, and how many may be bought does not matter. */
  changes?: InstanceChange['kind'] | null;
}

/** A renewal keeps what was configured, whatever may be configured by now. */
function asChanged(variant: PurchasableVariant, kind: InstanceChange['kind']): PurchasableVariant {
  const { quantityMin: _min, quantityMultiple: _multiple, customerLimits: _limits, ...sold } = variant;
  const customisationSchema = kind === 'renew' ? null : sold.customisationSchema;
  return { ...sold, customisationSchema, stockTracked: false, quantityMax: QUANTITY_MAX };
}

/**
 * The lines of an order with their prices, or every field that makes it impossible: what cannot be bought or priced as
 * asked for, what a customisation lacks, a missing address. Pure.
 */
export function orderLines(
  request: PlaceOrder,
  lineIds: OrderDocument['lineIds'],
  { resolved, priced }: PriceAnswer,
  { isReplacement = false, changes = null }: LineRules = {},
): Result<Priced, Refusal[]> {
  const variants = new Map(resolved.variants.map((variant) => [variant.variantId, variant]));
  const asked = new Map<string, number>();
  const refusals: Refusal[] = priced.ok ? [] : priced.error.map((refusal) => placed(request, refusal));
  const { lines: prices, totals } = priced.ok ? partedPrice(priced.value) : { lines: [], totals: null };
  const lines: Line[] = [];
  const last = new Map(request.lines.map(({ variantId }, index) => [variantId, index]));
  for (const [index, wanted] of request.lines.entries()) {
    const variant = variants.get(wanted.variantId);
    if (variant === undefined) continue;
    const quantity = (asked.get(variant.variantId) ?? 0) + wanted.quantity;
    asked.set(variant.variantId, quantity);
    // As many units replace what came back as came back, fewer perhaps than are sold at once.
    const isLast = last.get(variant.variantId) === index && !isReplacement;
    const sold = changes === null ? variant : asChanged(variant, changes);
    refusals.push(...lineRefusals(`/lines/${index}`, { quantity, isLast }, sold, wanted.customisation));
    const [ids, price] = [lineIds[index], prices[index]];
    if (ids !== undefined && price !== undefined) lines.push(lineOf(sold, wanted, ids, price));
  }
  const parcel = resolved.variants.find(({ fulfilment }) => fulfilment.template === 'parcel');
  if (parcel !== undefined && request.shippingAddress === undefined) {
    refusals.push({
      pointer: '/shippingAddress',
      detail: `is required: ${parcel.title} is sent as a parcel`,
    });
  }
  if (refusals.length > 0 || totals === null) return fail(refusals);
  if (lines.length !== request.lines.length) throw new Error('a line was left without a price');
  return ok({ lines, pricing: totals });
}

/** What no payment method can take, while nothing is paid. Nothing to pay needs none. */
export function amountRefusals(
  { payment }: Pick<OrderDocument, 'payment'>,
  { total: amount, currency }: PricedTotals,
): Refusal[] {
  const isPaid = payment.status === 'authorised' || payment.status === 'captured';
  const detail = isPaid ? null : unpayable({ amount, currency });
  return detail === null ? [] : [{ pointer: '/lines', detail }];
}

/** Where a parcel goes is the address. */
const placed = (request: PlaceOrder, { pointer, detail }: Refusal): Refusal => ({
  pointer:
    pointer === '/destination' && request.shippingAddress !== undefined
      ? '/shippingAddress/country'
      : pointer,
  detail,
});

/** The limits of a variant count over all lines of the order: too little is known at the last. */
function lineRefusals(
  at: string,
  { quantity, isLast }: { quantity: number; isLast: boolean },
  variant: PurchasableVariant,
  customisation: Record<string, unknown>,
): Refusal[] {
  const refusals = customisationErrors(variant.customisationSchema, customisation).map((error) => ({
    pointer: `${at}/customisation${error.pointer}`,
    detail: error.detail,
  }));
  const fault = quantityFault(quantity, variant);
  if (fault !== null && (isLast || fault.code === 'too_many'))
    refusals.push({ pointer: `${at}/quantity`, detail: fault.detail });
  return refusals;
}

function lineOf(
  variant: PurchasableVariant,
  wanted: PlaceOrder['lines'][number],
  ids: OrderDocument['lineIds'][number],
  price: PricedLine,
): Line {
  const { unitPrice: _unit, listPrice: _list, compareAt: _compare, priceSource: _source, ...about } = variant;
  const {
    quantityMax: _max,
    quantityMin: _min,
    quantityMultiple: _multiple,
    customisationSchema: _schema,
    taxClass: _tax,
    collections: _in,
    availability: _now,
    expectedAt: _then,
    ...kept
  } = about;
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
    onDispute: onDisputeOf(variant.kind, variant.fulfilment),
  };
}
