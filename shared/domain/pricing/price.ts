import { AMOUNT_MAX_MINOR_UNITS, type Currency } from '#shared/money/money.ts';
import { fail, ok, type Result } from '../result.ts';
import { dividedOver, type PriceablePart, taxedPart, type UntaxedPart, wholeOf } from './bundle.ts';
import { type ConditionsInput, type PricedCustomer, unmet } from './conditions.ts';
import { type DiscountableLine, type Given, give, type SelectableLine } from './discounts.ts';
import type { UnitPrice } from './price-lists.ts';
import type {
  AppliedPromotion,
  Destination,
  NotCounted,
  PricedDiscount,
  PricedLine,
  PricedOrder,
  TaxMode,
} from './priced.ts';
import type { PromotionOffer } from './promotion.ts';
import { type ShippingMethod, shippingOptions } from './shipping.ts';
import { ratesOf, tax, type Taxed, type TaxRate } from './tax.ts';
import { totalsOf } from './totals.ts';

/** A field that makes the price impossible; `pointer` is RFC 6901 within the body asked with. */
export interface PriceRefusal {
  pointer: string;
  detail: string;
}

export interface PriceableLine extends Omit<SelectableLine, 'unitPrice'> {
  price: UnitPrice;
  taxClass: string;
  /** Of one unit, when it is sent as a parcel; null: nothing is sent. */
  parcelGrams: number | null;
  /** Of a bundle: what it is made of. Promotions see the bundle, taxes its parts. */
  parts?: readonly PriceablePart[];
}

export interface PriceInput {
  currency: Currency;
  taxMode: TaxMode;
  destination: Destination;
  customer: PricedCustomer;
  lines: readonly PriceableLine[];
  /** As asked for. */
  codes: readonly string[];
  /** Everything that may count: by a code that was asked for, or by itself. */
  offers: readonly PromotionOffer[];
  /** Offers left out because they have no use left. */
  usedUp?: readonly NotCounted[];
  taxRates: readonly TaxRate[];
  shipping: {
    /** Those that serve the destination. */
    methods: readonly ShippingMethod[];
    /** The shop charges for sending at all, be it elsewhere; otherwise parcels are sent for nothing. */
    offered: boolean;
    /** Null: the cheapest. */
    wanted: string | null;
  };
}

/** One amount to be taxed, after its discounts. */
export interface TaxablePart {
  amount: number;
  taxClass: string;
}

/** A price without its taxes. */
export interface Untaxed {
  /** The lines (of a bundle its parts), and the shipping last when there is any. */
  parts: TaxablePart[];
  /** Every promotion that gives something. */
  promotions: readonly AppliedPromotion[];
  /** Adds the taxes of the parts, index-aligned. */
  settle(taxed: readonly Taxed[]): Result<PricedOrder, PriceRefusal[]>;
}

/**
 * Prices an order: unit prices, shipping, promotions, and (see `taxed`) taxes. Pure, in integers; what cannot be priced
 * as asked for is named field by field. The rules stand in docs/pricing.md.
 */
export function price(input: PriceInput): Result<PricedOrder, PriceRefusal[]> {
  const untaxed = priceUntaxed(input);
  if (!untaxed.ok) return untaxed;
  return untaxed.value.settle(taxed(untaxed.value.parts, input));
}

/** Taxes by the shop's own rates. */
export const taxed = (
  parts: readonly TaxablePart[],
  { taxRates, taxMode }: Pick<PriceInput, 'taxRates' | 'taxMode'>,
): Taxed[] => parts.map(({ amount, taxClass }) => tax(amount, ratesOf(taxRates, taxClass), taxMode));

export function priceUntaxed(input: PriceInput): Result<Untaxed, PriceRefusal[]> {
  const subtotals = input.lines.map((line) => line.price.unitPrice * line.quantity);
  const subtotal = sum(subtotals);
  if (subtotal > AMOUNT_MAX_MINOR_UNITS) return fail([tooMuch]);
  const shipping = chooseShipping(input, subtotal);
  if (!shipping.ok) return fail([shipping.error]);
  const promoted = promote(input, subtotals, shipping.value?.amount ?? 0);
  if (promoted.refusals.length > 0) return fail(promoted.refusals);
  const shares = input.lines.map((line, index) =>
    sharesOf(line, subtotals[index] ?? 0, promoted.lines[index]),
  );
  const parts: TaxablePart[] = input.lines.flatMap(({ taxClass }, index): TaxablePart[] => {
    const divided = shares[index] ?? null;
    return divided === null
      ? [{ amount: promoted.lines[index]?.remaining ?? 0, taxClass }]
      : divided.map((part) => ({ amount: part.remaining, taxClass: part.taxClass }));
  });
  const method = shipping.value?.method;
  if (method !== undefined) parts.push({ amount: promoted.shippingRemaining, taxClass: method.taxClass });
  const { applied: promotions } = promoted;
  return ok({
    parts,
    promotions,
    settle: (taxes) => settle(input, { subtotals, shares, shipping: shipping.value, promoted }, taxes),
  });
}

/** Of a bundle what each component bears of it; null: no bundle. */
const sharesOf = (
  { parts, quantity }: PriceableLine,
  subtotal: number,
  promoted: Promoted['lines'][number] | undefined,
): UntaxedPart[] | null =>
  parts === undefined
    ? null
    : dividedOver(parts, { quantity, subtotal, discounts: promoted?.discounts ?? [] });

type Chosen = ReturnType<typeof shippingOptions>[number] | null;

function chooseShipping(input: PriceInput, subtotal: number): Result<Chosen, PriceRefusal> {
  const parcels = input.lines.filter((line) => line.parcelGrams !== null);
  const { methods, offered, wanted } = input.shipping;
  if (parcels.length === 0) return ok(null);
  const weightGrams = sum(parcels.map((line) => (line.parcelGrams ?? 0) * line.quantity));
  const options = shippingOptions(methods, { currency: input.currency, weightGrams, subtotal });
  if (wanted !== null) {
    const chosen = options.find(({ method }) => method.id === wanted);
    return chosen === undefined
      ? fail({ pointer: '/shippingMethodId', detail: 'does not send these articles to this destination' })
      : ok(chosen);
  }
  const [cheapest = null] = options;
  return cheapest === null && offered
    ? fail({ pointer: '/destination', detail: 'nothing that is sent as a parcel can be sent there' })
    : ok(cheapest);
}

interface Promoted {
  lines: (DiscountableLine & { discounts: PricedDiscount[] })[];
  shippingRemaining: number;
  shippingDiscounts: PricedDiscount[];
  applied: AppliedPromotion[];
  notCounted: NotCounted[];
  refusals: PriceRefusal[];
}

/** What the customer asked for by code comes first, then higher priorities, then the order of the codes or the id. */
function inOrder(offers: readonly PromotionOffer[], codes: readonly string[]): PromotionOffer[] {
  const rank = ({ code }: PromotionOffer): number => (code === null ? codes.length : codes.indexOf(code));
  return [...offers].sort(
    (a, b) =>
      Number(a.code === null) - Number(b.code === null) ||
      b.priority - a.priority ||
      rank(a) - rank(b) ||
      (a.id < b.id ? -1 : 1),
  );
}

function promote(input: PriceInput, subtotals: readonly number[], shippingAmount: number): Promoted {
  const state: Promoted = {
    lines: input.lines.map(({ price, ...line }, index) => ({
      ...line,
      unitPrice: price.unitPrice,
      remaining: subtotals[index] ?? 0,
      discounts: [],
    })),
    shippingRemaining: shippingAmount,
    shippingDiscounts: [],
    applied: [],
    notCounted: [...(input.usedUp ?? [])],
    refusals: codeRefusals(input),
  };
  const order: ConditionsInput = {
    ...input,
    lines: state.lines,
    subtotal: sum(subtotals),
    hasParcel: input.lines.some((line) => line.parcelGrams !== null),
  };
  const untouched: Untouched = { lines: state.lines.map((line) => ({ ...line })), shipping: shippingAmount };
  let exclusive: string | null = null;
  for (const offer of inOrder(input.offers, input.codes)) {
    const [first] = state.applied;
    const rival = exclusive ?? (offer.stacking === 'exclusive' ? first?.title : undefined);
    const reason = unmet(offer, order);
    if (reason !== null) {
      if (offer.code !== null) state.refusals.push(refusedCode(input.codes, offer.code, reason));
      continue;
    }
    if (rival !== undefined) {
      if (offer.code !== null) state.notCounted.push(outdone(offer, `cannot be combined with ${rival}`));
      continue;
    }
    const given = give(offer.effect, input.currency, state.lines, state.shippingRemaining);
    const isUsed = apply(state, offer, given);
    if (isUsed && offer.stacking === 'exclusive') exclusive = offer.title;
    if (isUsed || offer.code === null) continue;
    if (givesAlone(offer, input.currency, untouched))
      state.notCounted.push(outdone(offer, `has nothing to take off beside ${titlesOf(state)}`));
    else state.refusals.push(refusedCode(input.codes, offer.code, IN_VAIN[offer.effect.type] ?? NOTHING));
  }
  return state;
}

/** A code that another promotion outdid is told of; the order stands without it. */
const outdone = ({ id, code, title }: PromotionOffer, detail: string): NotCounted => ({
  promotionId: id,
  code,
  title,
  detail,
});
const titlesOf = ({ applied }: Promoted): string => applied.map(({ title }) => title).join(', ');

/** Would it give something if there were no other promotion? */
function givesAlone({ effect }: PromotionOffer, currency: Currency, { lines, shipping }: Untouched): boolean {
  const alone = give(effect, currency, lines, shipping);
  return sum(alone.lines) + alone.shipping > 0;
}

/** Why a code gives nothing although its conditions are met and no other promotion is in its way. */
const NOTHING = 'has nothing to take off';
const IN_VAIN: Partial<Record<PromotionOffer['effect']['type'], string>> = {
  free_shipping: `${NOTHING}: the shipping is free`,
};

/** Before any promotion. */
interface Untouched {
  lines: readonly DiscountableLine[];
  shipping: number;
}

/** Codes nobody knows, and repeated ones. */
function codeRefusals({ codes, offers }: PriceInput): PriceRefusal[] {
  const seen = new Set<string>();
  return codes.flatMap((code, index) => {
    const offer = offers.find((each) => each.code === code);
    const repeated = seen.has(offer?.id ?? code);
    seen.add(offer?.id ?? code);
    if (repeated)
      return [{ pointer: `/codes/${index}`, detail: 'stands for a promotion that is named already' }];
    return offer === undefined
      ? [{ pointer: `/codes/${index}`, detail: 'is not a code that counts now' }]
      : [];
  });
}

const refusedCode = (codes: readonly string[], code: string, detail: string): PriceRefusal => ({
  pointer: `/codes/${codes.indexOf(code)}`,
  detail,
});

/** False when it gave nothing: then it is not used either. */
function apply(state: Promoted, offer: PromotionOffer, given: Given): boolean {
  const amount = sum(given.lines) + given.shipping;
  if (amount === 0) return false;
  const { id, title, code, limitTotal } = offer;
  for (const [index, line] of state.lines.entries()) {
    const share = given.lines[index] ?? 0;
    if (share === 0) continue;
    line.remaining -= share;
    line.discounts.push({ promotionId: id, title, amount: share });
  }
  if (given.shipping > 0) {
    state.shippingRemaining -= given.shipping;
    state.shippingDiscounts.push({ promotionId: id, title, amount: given.shipping });
  }
  // A first order is one order: two of them placed at once must not both count.
  const limitPerCustomer = offer.conditions.firstOrder === true ? 1 : offer.limitPerCustomer;
  state.applied.push({ promotionId: id, code, title, amount, limitTotal, limitPerCustomer });
  return true;
}

/** What is known before the taxes. */
interface Settling {
  subtotals: readonly number[];
  /** Index-aligned with the lines. */
  shares: readonly (UntaxedPart[] | null)[];
  shipping: Chosen;
  promoted: Promoted;
}

function settle(
  input: PriceInput,
  { subtotals, shares, shipping, promoted }: Settling,
  taxes: readonly Taxed[],
): Result<PricedOrder, PriceRefusal[]> {
  const left = [...taxes];
  const nextTaxed = (): Taxed => left.shift() ?? { taxes: [], total: 0 };
  const lines = input.lines.map((line, index): PricedLine => {
    const untaxed = {
      ...line.price,
      quantity: line.quantity,
      subtotal: subtotals[index] ?? 0,
      discounts: promoted.lines[index]?.discounts ?? [],
    };
    const divided = shares[index] ?? null;
    return divided === null
      ? { ...untaxed, ...nextTaxed() }
      : wholeOf(
          untaxed,
          divided.map((part) => taxedPart(part, nextTaxed())),
        );
  });
  const pricedShipping =
    shipping === null
      ? null
      : {
          methodId: shipping.method.id,
          title: shipping.method.title,
          amount: shipping.amount,
          discounts: promoted.shippingDiscounts,
          ...nextTaxed(),
        };
  const { applied: promotions, notCounted } = promoted;
  const totals = totalsOf({ ...input, promotions, notCounted }, lines, pricedShipping);
  return totals.total > AMOUNT_MAX_MINOR_UNITS ? fail([tooMuch]) : ok({ ...totals, lines });
}

const tooMuch: PriceRefusal = {
  pointer: '/lines',
  detail: `cost more than one payment may carry (${AMOUNT_MAX_MINOR_UNITS})`,
};

const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0);
