import { allocate } from '#shared/domain/pricing/allocate.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Line, OrderDocument, Refusal } from '../document.ts';
import type { SettledPart } from './records.ts';

/*
 * What of the order's price has been given back or carried over after the sale, and what the next part of it is. Pure
 * arithmetic in minor units: the parts of a line never add up to more than the line, and the last one takes the remainder.
 */

type Settled = Omit<SettledPart, 'lineId'>;

/** Parts of refunds that stand and of exchanges. */
const partsOf = (document: OrderDocument): SettledPart[] => [
  ...document.refunds.filter(({ state }) => state !== 'failed').flatMap(({ parts }) => parts),
  ...document.returns
    .filter(({ state }) => state === 'exchanging' || state === 'exchanged')
    .flatMap(({ exchange }) => exchange?.parts ?? []),
];

export const settledOf = (document: OrderDocument, lineId: string): Settled =>
  partsOf(document)
    .filter((part) => part.lineId === lineId)
    .reduce(
      (all, { quantity, amount, tax, withheld }) => ({
        quantity: all.quantity + quantity,
        amount: all.amount + amount,
        tax: all.tax + tax,
        withheld: all.withheld + withheld,
      }),
      { quantity: 0, amount: 0, tax: 0, withheld: 0 },
    );
const shippingSettledOf = (document: OrderDocument): number =>
  document.refunds
    .filter(({ state }) => state !== 'failed')
    .reduce((sum, refund) => sum + refund.shipping, 0);

const taxOf = (line: Line): number => line.price.taxes.reduce((sum, tax) => sum + tax.amount, 0);

/** What may still be given back of a line: of what was not handed over nothing was kept. */
export function leftOf(document: OrderDocument, line: Line): Settled {
  const settled = settledOf(document, line.id);
  const kept = line.state === 'delivered';
  return {
    quantity: kept ? line.quantity - settled.quantity : 0,
    amount: kept ? line.price.total - settled.amount : 0,
    tax: kept ? taxOf(line) - settled.tax : 0,
    withheld: settled.withheld,
  };
}
export function shippingLeftOf(document: OrderDocument): number {
  const sent = document.lines.some(
    (line) => line.state === 'delivered' && line.fulfilment.template === 'parcel',
  );
  return sent ? (document.pricing?.shipping?.total ?? 0) - shippingSettledOf(document) : 0;
}

/** `quantity` more units of a line, at the price paid for them. */
export function partOfUnits(document: OrderDocument, line: Line, quantity: number): SettledPart {
  const { total } = line.price;
  const settled = settledOf(document, line.id);
  const left = leftOf(document, line);
  const upTo = (units: number): number => Math.floor((total * units) / line.quantity);
  const amount =
    quantity === left.quantity
      ? Math.max(0, left.amount - left.withheld)
      : Math.min(left.amount, upTo(settled.quantity + quantity) - upTo(settled.quantity));
  return { lineId: line.id, quantity, amount, tax: taxWithin(line, left, amount), withheld: 0 };
}

/** The same units for another amount than their price, at most for that. */
export function partsFor(
  document: OrderDocument,
  units: readonly SettledPart[],
  amount: number,
): SettledPart[] {
  const shares = allocate(
    amount,
    units.map((part) => part.amount),
  );
  return units.map((part, index) => {
    const line = document.lines.find(({ id }) => id === part.lineId);
    const share = shares[index] ?? 0;
    const tax = line === undefined ? 0 : taxWithin(line, leftOf(document, line), share);
    return { ...part, amount: share, tax, withheld: part.amount - share };
  });
}

function partOfAmount(document: OrderDocument, line: Line, amount: number): SettledPart {
  const tax = taxWithin(line, leftOf(document, line), amount);
  return { lineId: line.id, quantity: 0, amount, tax, withheld: 0 };
}

const taxWithin = (line: Line, left: Settled, amount: number): number =>
  amount === left.amount
    ? left.tax
    : Math.min(left.tax, Math.floor((taxOf(line) * amount) / Math.max(1, line.price.total)));

/** What an operator wants to give back: units of lines, an amount spread over the order, or all that is left. */
export type RefundWish =
  | { of: 'lines'; lines: readonly { lineId: string; quantity: number }[]; shipping: boolean }
  | { of: 'amount'; amount: number; shipping: boolean }
  | { of: 'everything' };

export interface RefundPlan {
  parts: SettledPart[];
  shipping: number;
  amount: number;
}

/** What the wish comes to, or every field that makes it impossible; `pointer` is RFC 6901 within the request. */
export function planRefund(document: OrderDocument, wish: RefundWish): Result<RefundPlan, Refusal[]> {
  switch (wish.of) {
    case 'lines':
      return planLines(document, wish.lines, wish.shipping ? shippingLeftOf(document) : 0);
    case 'amount':
      return planAmount(document, wish.amount, wish.shipping ? shippingLeftOf(document) : 0);
    case 'everything': {
      const lines = document.lines
        .map((line) => ({ line, left: leftOf(document, line) }))
        .filter(({ left }) => left.quantity > 0 || left.amount > 0)
        .map(({ line, left }) => ({ lineId: line.id, ...left, withheld: 0 }));
      return planned(lines, shippingLeftOf(document));
    }
  }
}

function planLines(
  document: OrderDocument,
  wanted: readonly { lineId: string; quantity: number }[],
  shipping: number,
): Result<RefundPlan, Refusal[]> {
  const refusals = unitRefusals(document, wanted);
  if (refusals.length > 0) return fail(refusals);
  return planned(
    wanted.flatMap(({ lineId, quantity }) => unitsOf(document, lineId, quantity)),
    shipping,
  );
}

/** Units that are not there to be given back or sent back, or are named twice. */
export function unitRefusals(
  document: OrderDocument,
  wanted: readonly { lineId: string; quantity: number }[],
): Refusal[] {
  return wanted.flatMap(({ lineId, quantity }, index): Refusal[] => {
    const at = `/lines/${index}`;
    const line = document.lines.find((candidate) => candidate.id === lineId);
    if (line === undefined) return [{ pointer: `${at}/lineId`, detail: 'is not a line of this order' }];
    if (wanted.findIndex((other) => other.lineId === lineId) < index) {
      return [{ pointer: `${at}/lineId`, detail: 'is named twice' }];
    }
    if (line.state !== 'delivered') return [{ pointer: `${at}/lineId`, detail: 'was not delivered' }];
    const left = leftOf(document, line).quantity;
    return quantity > left ? [{ pointer: `${at}/quantity`, detail: `at most ${left} are left` }] : [];
  });
}

export const unitsOf = (document: OrderDocument, lineId: string, quantity: number): SettledPart[] =>
  document.lines.filter((line) => line.id === lineId).map((line) => partOfUnits(document, line, quantity));

function planAmount(
  document: OrderDocument,
  amount: number,
  shippingLeft: number,
): Result<RefundPlan, Refusal[]> {
  const lines = document.lines.filter((line) => leftOf(document, line).amount > 0);
  const weights = [...lines.map((line) => leftOf(document, line).amount), shippingLeft];
  const left = weights.reduce((sum, weight) => sum + weight, 0);
  if (amount > left) return fail([{ pointer: '/amount', detail: `at most ${left} can be given back` }]);
  const shares = allocate(amount, weights);
  const parts = lines
    .map((line, index) => partOfAmount(document, line, shares[index] ?? 0))
    .filter((part) => part.amount > 0);
  return planned(parts, shares.at(-1) ?? 0);
}

function planned(parts: SettledPart[], shipping: number): Result<RefundPlan, Refusal[]> {
  const amount = parts.reduce((sum, part) => sum + part.amount, shipping);
  return amount === 0
    ? fail([{ pointer: '', detail: 'leaves nothing to give back' }])
    : ok({ parts, shipping, amount });
}
