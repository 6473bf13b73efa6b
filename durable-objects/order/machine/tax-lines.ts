import { allocate } from '#shared/domain/pricing/allocate.ts';
import type { PricedTax } from '#shared/domain/pricing/priced.ts';
import type { Line, OrderDocument, OutsideMove, Refund } from './document.ts';
import { capturedOf, isLost, isUndone, ledgersOf } from './money.ts';

/** Stands in `lineId` for what sending the order cost. */
export const SHIPPING = 'shipping';

/**
 * One tax on one thing sold or given back, as the tax report shows it. Minor units; what goes back is negative. A thing
 * under several taxes has a row for each (`taxIndex` counts them from 0), one under none has a single row at rate 0.
 */
export interface TaxLine {
  /**
   * sale: handed over; refund: given back by choice, positive when the customer's bank sent it back; reversal: handed over and then taken back with the rest of the order;
   * refund_outside: refunded at the provider past the order; chargeback: lost in a dispute. The last two are positive when
   * the money came back.
   */
  kind: 'sale' | 'refund' | 'reversal' | OutsideMove['kind'];
  /** The refund, or the provider's dispute; empty for the others. */
  reference: string;
  /** The order's line, or `shipping`. */
  lineId: string;
  sku: string;
  taxIndex: number;
  /** Epoch milliseconds. */
  at: number;
  /** ISO 3166-1 alpha-2, and the part of an ISO 3166-2 code after the hyphen; null: not known or not needed. */
  country: string | null;
  region: string | null;
  name: string;
  /** Parts per million: 190000 is 19 %. */
  ratePpm: number;
  /** The price contained it. */
  included: boolean;
  /** Without any tax; the same in each row of a thing under several. */
  net: number;
  tax: number;
}

type Thing = { lineId: string; sku: string; total: number; taxes: readonly PricedTax[] };
type What = Pick<TaxLine, 'kind' | 'reference' | 'at'>;

/**
 * What the order means to the tax office: each line when it was handed over, the shipping with the first parcel, and what
 * was given back. The parts of a refund add up to it, and everything given back leaves nothing. Pure.
 */
export function taxLinesOf(document: OrderDocument): TaxLine[] {
  const { country = null, region = null } = document.pricing?.destination ?? {};
  const left = new Map<string, Left>();
  const rowsOf = (
    thing: Thing,
    what: What,
    sign: 1 | -1,
    total: number,
    taxes: readonly number[],
  ): TaxLine[] => {
    const net = total - sum(taxes);
    const rates = thing.taxes.length === 0 ? [{ name: 'none', ratePpm: 0, included: false }] : thing.taxes;
    return rates.map(({ name, ratePpm, included }, taxIndex) => ({
      ...what,
      lineId: thing.lineId,
      sku: thing.sku,
      taxIndex,
      country,
      region,
      name,
      ratePpm,
      included,
      net: signed(sign, net),
      tax: signed(sign, taxes[taxIndex] ?? 0),
    }));
  };
  const leftOf = (thing: Thing): Left =>
    left.get(thing.lineId) ?? { total: thing.total, taxes: taxesOf(thing) };
  const whole = (thing: Thing, what: What): TaxLine[] => rowsOf(thing, what, 1, thing.total, taxesOf(thing));
  /** `tax` of what goes back, out of what is left of each tax; with the last of it all that is left. */
  const part = (thing: Thing, what: What, total: number, tax: number): TaxLine[] => {
    const before = leftOf(thing);
    const open = sum(before.taxes);
    const shares =
      before.taxes.length === 0
        ? []
        : allocate(total === before.total ? open : Math.min(tax, open), before.taxes);
    const taxes = before.taxes.map((each, index) => each - (shares[index] ?? 0));
    left.set(thing.lineId, { total: before.total - total, taxes });
    return rowsOf(thing, what, -1, total, shares);
  };
  /** What went back past the order, and has not come back. */
  const gone = new Map<string, Left>();
  const goneOf = (thing: Thing): Left =>
    gone.get(thing.lineId) ?? { total: 0, taxes: thing.taxes.map(() => 0) };
  const goes = (thing: Thing, what: What, total: number): TaxLine[] => {
    const before = leftOf(thing);
    const rows = part(thing, what, total, shareOfTax(before, total));
    gone.set(thing.lineId, added(goneOf(thing), subtracted(before, leftOf(thing))));
    return rows;
  };
  const comesBack = (thing: Thing, what: What, total: number): TaxLine[] => {
    const before = goneOf(thing);
    const tax = total === before.total ? sum(before.taxes) : shareOfTax(before, total);
    const taxes = before.taxes.length === 0 ? [] : allocate(tax, before.taxes);
    gone.set(thing.lineId, subtracted(before, { total, taxes }));
    left.set(thing.lineId, added(leftOf(thing), { total, taxes }));
    return rowsOf(thing, what, 1, total, taxes);
  };
  /** Nobody tells of which article it was, so it is of all that is kept, in proportion. */
  const shared = (kept: readonly Thing[], { amount, ...what }: OutsideMove): TaxLine[] => {
    const isBack = amount < 0;
    const weights = kept.map((thing) => (isBack ? goneOf(thing) : leftOf(thing)).total);
    const amounts = allocate(Math.min(Math.abs(amount), sum(weights)), weights);
    return kept.flatMap((thing, index) => {
      const share = amounts[index] ?? 0;
      if (share === 0) return [];
      return isBack ? comesBack(thing, what, share) : goes(thing, what, share);
    });
  };
  /** What of it did not go back before. */
  const rest = (thing: Thing, what: What): TaxLine[] => {
    const { total, taxes } = leftOf(thing);
    return total === 0 && thing.total > 0 ? [] : rowsOf(thing, what, -1, total, taxes);
  };

  const sold = document.lines.flatMap((line) =>
    line.deliveredAt === null ? [] : [{ line, at: line.deliveredAt }],
  );
  const shipping = shippingOf(document);
  const shippedAt = sold.flatMap(({ line, at }) => (line.fulfilment.template === 'parcel' ? [at] : []));
  const isShippingKept = shipping !== null && shippedAt.length > 0 && isAnyParcelKept(document);
  const kept = [
    ...sold.flatMap(({ line }) => (isLost(line) ? [] : [thingOf(line)])),
    ...(isShippingKept ? [shipping] : []),
  ];
  /** What each refund took, so that the same comes back where it was sent back. */
  const taken = new Map<string, { thing: Thing; total: number; rows: TaxLine[] }[]>();
  const made = (refund: Refund): TaxLine[] => {
    const what = { kind: 'refund' as const, reference: refund.id, at: refund.at };
    const pieces = refund.parts.flatMap(({ lineId, amount: total, tax }) => {
      const line = document.lines.find(({ id }) => id === lineId);
      if (line === undefined || total === 0) return [];
      const thing = thingOf(line);
      return [{ thing, total, rows: part(thing, what, total, tax) }];
    });
    if (shipping !== null && refund.shipping > 0) {
      const tax = taxWithin(shipping, refund.shipping);
      const rows = part(shipping, what, refund.shipping, tax);
      pieces.push({ thing: shipping, total: refund.shipping, rows });
    }
    taken.set(refund.id, pieces);
    return pieces.flatMap(({ rows }) => rows);
  };
  const sentBack = (refund: Refund, at: number): TaxLine[] =>
    (taken.get(refund.id) ?? []).flatMap(({ thing, total, rows }) => {
      const taxes = thing.taxes.map((_, index) => 0 - (rows[index]?.tax ?? 0));
      left.set(thing.lineId, added(leftOf(thing), { total, taxes }));
      return rowsOf(thing, { kind: 'refund', reference: refund.id, at }, 1, total, taxes);
    });
  return [
    ...sold.flatMap(({ line, at }) => whole(thingOf(line), { kind: 'sale', reference: '', at })),
    ...(shipping === null || shippedAt.length === 0
      ? []
      : whole(shipping, { kind: 'sale', reference: '', at: Math.min(...shippedAt) })),
    ...refundMoves(document).flatMap(({ refund, at, isBack }) =>
      isBack ? sentBack(refund, at) : made(refund),
    ),
    ...outsideOf(document, () => sum(kept.map((thing) => leftOf(thing).total))).flatMap((move) =>
      shared(kept, move),
    ),
    ...sold.flatMap(({ line, at }) =>
      isLost(line) ? rest(thingOf(line), { ...REVERSAL, at: lostAt(document, at) }) : [],
    ),
    ...(shipping === null || shippedAt.length === 0 || isAnyParcelKept(document)
      ? []
      : rest(shipping, { ...REVERSAL, at: lostAt(document, Math.min(...shippedAt)) })),
  ];
}

/**
 * Refunds by choice, and those that the customer's bank sent back, each when it happened: what was reported of a month stays
 * as it was. One that the provider never made is none.
 */
function refundMoves({ refunds }: OrderDocument): { refund: Refund; at: number; isBack: boolean }[] {
  return refunds
    .filter(
      ({ cause, state, settledAt, cards }) =>
        cause === 'granted' && (state !== 'failed' || (settledAt !== null && cards?.state !== 'spent')),
    )
    .flatMap((refund) => {
      const { at, state, settledAt } = refund;
      const went = { refund, at, isBack: false };
      return state === 'failed' && settledAt !== null
        ? [went, { refund, at: Math.max(at, settledAt), isBack: true }]
        : [went];
    })
    .toSorted((one, other) => one.at - other.at);
}

/**
 * Moves past the order as far as they are about what the customer keeps, oldest first: what went back instead of what was
 * never handed over, which is no sale, is the oldest of it. `worth`: of what is kept, asked once the refunds are counted.
 */
function outsideOf(document: OrderDocument, worth: () => number): OutsideMove[] {
  const moves = ledgersOf(document)
    .flatMap(({ outsideMoves = [] }) => outsideMoves)
    .toSorted((one, other) => one.at - other.at);
  const gone = sum(moves.map(({ amount }) => amount));
  const refunded = sum(
    document.refunds.filter(({ state }) => state !== 'failed').map(({ amount }) => amount),
  );
  const missing = worth() - (capturedOf(document) - refunded - gone);
  let spared = gone - Math.min(Math.max(0, missing), Math.max(0, gone));
  return moves.flatMap((move) => {
    const off = Math.min(Math.max(0, move.amount), Math.max(0, spared));
    spared -= off;
    return move.amount === off ? [] : [{ ...move, amount: move.amount - off }];
  });
}

const shareOfTax = ({ total, taxes }: Left, amount: number): number =>
  Math.floor((sum(taxes) * amount) / Math.max(1, total));
const added = (one: Left, other: Left): Left => ({
  total: one.total + other.total,
  taxes: one.taxes.map((tax, index) => tax + (other.taxes[index] ?? 0)),
});
const subtracted = (one: Left, other: Left): Left => ({
  total: one.total - other.total,
  taxes: one.taxes.map((tax, index) => tax - (other.taxes[index] ?? 0)),
});

/** What did not go back of a thing. */
interface Left {
  total: number;
  taxes: number[];
}
const REVERSAL = { kind: 'reversal', reference: '' } as const;

const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0);
const taxesOf = ({ taxes }: Thing): number[] => taxes.map(({ amount }) => amount);

/** What sending cost is given back when no parcel stays with the customer or is to come. */
const isAnyParcelKept = (document: OrderDocument): boolean =>
  document.lines.some(
    (line) =>
      line.fulfilment.template === 'parcel' &&
      !isLost(line) &&
      (line.state === 'delivered' || !isUndone(document)),
  );

/** There is no negative zero in money. */
const signed = (sign: 1 | -1, amount: number): number => (amount === 0 ? 0 : sign * amount);

const thingOf = ({ id, sku, price }: Line): Thing => ({
  lineId: id,
  sku,
  total: price.total,
  taxes: price.taxes,
});

function shippingOf(document: OrderDocument): Thing | null {
  const shipping = document.pricing?.shipping ?? null;
  if (shipping === null || shipping.total === 0) return null;
  return { lineId: SHIPPING, sku: '', total: shipping.total, taxes: shipping.taxes };
}

/** In proportion. */
const taxWithin = (thing: Thing, amount: number): number =>
  Math.floor((sum(taxesOf(thing)) * amount) / Math.max(1, thing.total));

/** When what was handed over at `since` began to go back: a change of the order afterwards does not move it. */
function lostAt({ refunds, resolution, updatedAt }: OrderDocument, since: number): number {
  const later = refunds.filter(({ at, cause }) => at >= since && cause !== 'granted');
  const begun = later.find(({ cause }) => cause === 'undone') ?? later[0];
  return begun?.at ?? resolution?.at ?? updatedAt;
}
