import { allocate } from '#shared/domain/pricing/allocate.ts';
import type { PricedTax } from '#shared/domain/pricing/priced.ts';
import type { Line, OrderDocument } from './document.ts';
import { isLost } from './money.ts';

/** Stands in `lineId` for what sending the order cost. */
export const SHIPPING = 'shipping';

/**
 * One tax on one thing sold or given back, as the tax report shows it. Minor units; what goes back is negative. A thing
 * under several taxes has a row for each (`taxIndex` counts them from 0), one under none has a single row at rate 0.
 */
export interface TaxLine {
  /** sale: handed over; refund: given back by choice; reversal: handed over and then taken back with the rest of the order. */
  kind: 'sale' | 'refund' | 'reversal';
  /** The refund; empty for the others. */
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
  const given = new Map<string, { left: number[] }>();
  const rowsOf = (
    thing: Thing,
    what: What,
    sign: 1 | -1,
    total: number,
    taxes: readonly number[],
  ): TaxLine[] => {
    const net = total - taxes.reduce((sum, tax) => sum + tax, 0);
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
  const amounts = ({ taxes }: Thing): number[] => taxes.map((tax) => tax.amount);
  const whole = (thing: Thing, what: What, sign: 1 | -1): TaxLine[] =>
    rowsOf(thing, what, sign, thing.total, amounts(thing));
  /** `tax` of what goes back, out of what is left of each tax. */
  const part = (thing: Thing, what: What, total: number, tax: number): TaxLine[] => {
    const known = given.get(thing.lineId) ?? { left: amounts(thing) };
    given.set(thing.lineId, known);
    const left = known.left.reduce((sum, each) => sum + each, 0);
    const shares = known.left.length === 0 ? [] : allocate(Math.min(tax, left), known.left);
    known.left = known.left.map((each, index) => each - (shares[index] ?? 0));
    return rowsOf(thing, what, -1, total, shares);
  };

  const sold = document.lines.flatMap((line) =>
    line.deliveredAt === null ? [] : [{ line, at: line.deliveredAt }],
  );
  const shipping = shippingOf(document);
  const shippedAt = sold.flatMap(({ line, at }) => (line.fulfilment.template === 'parcel' ? [at] : []));
  const refunds = document.refunds.filter(({ state, cause }) => state !== 'failed' && cause === 'granted');
  return [
    ...sold.flatMap(({ line, at }) => whole(thingOf(line), { kind: 'sale', reference: '', at }, 1)),
    ...(shipping === null || shippedAt.length === 0
      ? []
      : whole(shipping, { kind: 'sale', reference: '', at: Math.min(...shippedAt) }, 1)),
    ...refunds.flatMap((refund) => {
      const what = { kind: 'refund' as const, reference: refund.id, at: refund.at };
      const lines = refund.parts.flatMap(({ lineId, amount, tax }) => {
        const line = document.lines.find(({ id }) => id === lineId);
        return line === undefined || amount === 0 ? [] : part(thingOf(line), what, amount, tax);
      });
      if (shipping === null || refund.shipping === 0) return lines;
      return [
        ...lines,
        ...part(shipping, what, refund.shipping, taxWithin(shipping, given, refund.shipping)),
      ];
    }),
    ...sold
      .filter(({ line }) => isLost(line))
      .flatMap(({ line }) =>
        whole(thingOf(line), { kind: 'reversal', reference: '', at: lostAt(document, line) }, -1),
      ),
  ];
}

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

/** In proportion; all of what is left with the last part. */
function taxWithin(thing: Thing, given: Map<string, { left: number[] }>, amount: number): number {
  const all = thing.taxes.reduce((sum, tax) => sum + tax.amount, 0);
  const left = given.get(thing.lineId)?.left.reduce((sum, each) => sum + each, 0) ?? all;
  return amount === thing.total
    ? left
    : Math.min(left, Math.floor((all * amount) / Math.max(1, thing.total)));
}

/** When the money of a line that was handed over and lost began to go back. */
const lostAt = (document: OrderDocument, line: Line): number =>
  document.refunds.find(({ lineIds, state }) => state !== 'failed' && lineIds.includes(line.id))?.at ??
  document.updatedAt;
