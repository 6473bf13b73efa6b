import {
  type DeliverableVariant,
  isDeliverable,
  type PurchasableVariant,
} from '#shared/contracts/catalogue.ts';
import { LINES_MAX, type PlaceOrder, QUANTITY_MAX, tooManyParts } from '#shared/contracts/http/orders.ts';
import type { InstanceChange } from '#shared/contracts/instance-changes.ts';
import { partedPrice } from '#shared/domain/pricing/frozen.ts';
import type { PricedLine, PricedTotals } from '#shared/domain/pricing/priced.ts';
import { onDisputeOf } from '#shared/domain/product.ts';
import { unpayable } from '#shared/domain/payment-methods.ts';
import { quantityFault } from '#shared/domain/purchase-limits.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { customisationErrors } from '../lib/customisation.ts';
import type { PriceAnswer } from '../pricing/face.ts';
import type { Bundle, Line, LineIds, PositionIds, Refusal, OrderDocument } from './machine/document.ts';

export interface Priced {
  lines: Line[];
  bundles: Bundle[];
  /** Those it was given, with the lines of bundles. */
  lineIds: PositionIds[];
  pricing: PricedTotals;
}

interface LineRules {
  /** Mints the names of a line: of each component of a bundle. */
  newIds: () => LineIds;
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
  lineIds: readonly PositionIds[],
  { resolved, priced }: PriceAnswer,
  { newIds, isReplacement = false, changes = null }: LineRules,
): Result<Priced, Refusal[]> {
  const variants = new Map(resolved.variants.map((variant) => [variant.variantId, variant]));
  const asked = new Map<string, number>();
  const refusals: Refusal[] = priced.ok ? [] : priced.error.map((refusal) => placed(request, refusal));
  const { lines: prices, totals } = priced.ok ? partedPrice(priced.value) : { lines: [], totals: null };
  const sold: Pick<Priced, 'lines' | 'bundles' | 'lineIds'> = { lines: [], bundles: [], lineIds: [] };
  const last = new Map(request.lines.map(({ variantId }, index) => [variantId, index]));
  for (const [index, wanted] of request.lines.entries()) {
    const variant = variants.get(wanted.variantId);
    if (variant === undefined) continue;
    const quantity = (asked.get(variant.variantId) ?? 0) + wanted.quantity;
    asked.set(variant.variantId, quantity);
    // As many units replace what came back as came back, fewer perhaps than are sold at once.
    const isLast = last.get(variant.variantId) === index && !isReplacement;
    const bought = changes === null ? variant : asChanged(variant, changes);
    refusals.push(...lineRefusals(`/lines/${index}`, { quantity, isLast }, bought, wanted.customisation));
    const [ids, price] = [lineIds[index], prices[index]];
    if (ids === undefined || price === undefined) continue;
    const position = positionOf(bought, wanted, price, ids, newIds);
    if (!position.ok) {
      refusals.push({ pointer: `/lines/${index}/${position.error.pointer}`, detail: position.error.detail });
      continue;
    }
    sold.lines.push(...position.value.lines);
    sold.bundles.push(...position.value.bundles);
    sold.lineIds.push(position.value.ids);
  }
  if (sold.lines.length > LINES_MAX)
    refusals.push({ pointer: '/lines', detail: tooManyParts(sold.lines.length) });
  const parcel = resolved.variants
    .flatMap((variant) => [variant, ...(variant.components ?? []).map((component) => component.variant)])
    .find(({ fulfilment }) => fulfilment.template === 'parcel');
  if (parcel !== undefined && request.shippingAddress === undefined) {
    refusals.push({
      pointer: '/shippingAddress',
      detail: `is required: ${parcel.title} is sent as a parcel`,
    });
  }
  if (refusals.length > 0 || totals === null) return fail(refusals);
  if (sold.lineIds.length !== request.lines.length) throw new Error('a line was left without a price');
  return ok({ ...sold, pricing: totals });
}

/** What no payment method can take: an order is priced before it is paid. Nothing to pay needs none. */
export function amountRefusals({ total: amount, currency }: PricedTotals): Refusal[] {
  const detail = unpayable({ amount, currency });
  return detail === null ? [] : [{ pointer: '/lines', detail }];
}

/** Why the gift cards named cannot pay for it: they were looked at when the order was placed. Money for money is no sale. */
export function cardRefusals(
  { giftCards = [] }: Pick<OrderDocument, 'giftCards'>,
  lines: readonly Pick<Line, 'kind'>[],
): Refusal[] {
  const refused = giftCards.flatMap(({ refusal }, index): Refusal[] =>
    refusal === undefined ? [] : [{ pointer: `/giftCards/${index}/code`, detail: refusal }],
  );
  if (refused.length > 0 || giftCards.length === 0 || lines.every(({ kind }) => kind !== 'gift_card'))
    return refused;
  return [
    { pointer: '/giftCards', detail: 'cannot pay for gift cards: order those without paying by gift card' },
  ];
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

type Wanted = Pick<PlaceOrder['lines'][number], 'quantity' | 'customisation'>;
interface PricedPosition {
  lines: Line[];
  bundles: Bundle[];
  ids: PositionIds;
}

/** One line, or a bundle and a line of each component. A price promised for another composition is a price no more. */
function positionOf(
  variant: PurchasableVariant,
  wanted: Wanted,
  price: PricedLine,
  ids: PositionIds,
  newIds: () => LineIds,
): Result<PricedPosition, Refusal> {
  if (isDeliverable(variant)) return ok({ lines: [lineOf(variant, wanted, ids, price)], bundles: [], ids });
  const { components = [] } = variant;
  const { parts = [], ...whole } = price;
  const fits = components.every(
    ({ variant: { variantId }, quantity }, index) =>
      parts[index]?.variantId === variantId && parts[index].quantity === quantity * wanted.quantity,
  );
  if (components.length === 0 || parts.length !== components.length || !fits)
    return fail({ pointer: 'variantId', detail: 'is made of other parts by now: look at it again' });
  const named = components.map(({ variant: { variantId } }) => ({
    ...(ids.parts?.find((part) => part.variantId === variantId) ?? newIds()),
    variantId,
  }));
  const lines: Line[] = [];
  for (const [index, { variant: component, quantity }] of components.entries()) {
    const [own, part] = [named[index], parts[index]];
    if (own === undefined || part === undefined) continue;
    const customisation = ownFields(component, wanted.customisation);
    const [fault] = customisationErrors(component.customisationSchema, customisation);
    if (fault !== undefined)
      return fail({
        pointer: `customisation${fault.pointer}`,
        detail: `${component.title}: ${fault.detail}`,
      });
    const { variantId: _, ...partPrice } = part;
    const line = lineOf(component, { quantity: quantity * wanted.quantity, customisation }, own, partPrice);
    const isTogether = variant.delivery === 'together';
    lines.push({ ...line, bundleId: ids.lineId, ...(isTogether ? { delivery: 'together' as const } : {}) });
  }
  return ok({
    lines,
    bundles: [bundleOf(variant, wanted.quantity, ids.lineId, whole)],
    ids: { ...ids, parts: named },
  });
}

/** What is said of a bundle is handed to each component that knows such a field. */
function ownFields(
  { customisationSchema }: DeliverableVariant,
  customisation: Record<string, unknown>,
): Record<string, unknown> {
  const known = customisationSchema?.['properties'];
  if (typeof known !== 'object' || known === null) return {};
  return Object.fromEntries(Object.entries(customisation).filter(([name]) => Object.hasOwn(known, name)));
}

const bundleOf = (
  { productId, productVersion, variantId, sku, title, variantTitle, customerLimits }: PurchasableVariant,
  quantity: number,
  id: string,
  price: Bundle['price'],
): Bundle => ({
  id,
  productId,
  productVersion,
  variantId,
  sku,
  title,
  variantTitle,
  ...(customerLimits === undefined ? {} : { customerLimits }),
  quantity,
  price,
});

/** A gift card is worth what it is sold for, before any promotion: kept with the line, as its price is. */
const withWorth = ({ fulfilment, unitPrice }: DeliverableVariant): DeliverableVariant['fulfilment'] =>
  fulfilment.template === 'gift-card' ? { ...fulfilment, value: unitPrice } : fulfilment;

function lineOf(variant: DeliverableVariant, wanted: Wanted, ids: LineIds, price: PricedLine): Line {
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
    fulfilment: withWorth(variant),
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
