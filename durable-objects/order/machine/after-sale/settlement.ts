import type { SoldGiftCard } from '#shared/contracts/gift-cards.ts';
import { unitsNamed } from '../bundles.ts';
import { allocate } from '#shared/domain/pricing/allocate.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Line, OrderDocument, Refund, Refusal } from '../document.ts';
import { availableOf, ledgersOf, refundableOf } from '../money.ts';
import type { ReturnCase, SettledPart } from './records.ts';
import { roomOf } from './sold-cards.ts';

/*
 * What of the order's price has been given back or carried over after the sale, and what the next part of it is. Pure
 * arithmetic in minor units: the parts of a line never add up to more than the line, and the last one takes the remainder.
 */

type Settled = Omit<SettledPart, 'lineId'>;

/** Parts of refunds that stand, of exchanges and of what was closed without money. */
const partsOf = (document: OrderDocument): SettledPart[] => [
  ...document.refunds.filter(({ state }) => state !== 'failed').flatMap(({ parts }) => parts),
  ...document.returns
    .filter(({ state }) => state === 'exchanging' || state === 'exchanged')
    .flatMap(({ exchange }) => [...(exchange?.parts ?? []), ...(exchange?.rest ?? [])]),
  ...document.returns.flatMap(({ closed = [] }) => closed),
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
/** Granted and sent back by the bank: the customer does not have the money. */
export const unresolvedRefunds = (document: OrderDocument): Refund[] =>
  document.refunds.filter(
    ({ cause, state, renewedAs }) => cause === 'granted' && state === 'failed' && renewedAs === null,
  );

/**
 * The customer's bank has the money it was to be paid from, until the dispute is decided: asked for now it would be given up,
 * although it may be owed again.
 */
export const isWithheld = (document: OrderDocument, { paymentId, amount }: Refund): boolean =>
  ledgersOf(document).some(
    (ledger) =>
      ledger.paymentId === paymentId &&
      (ledger.disputes ?? []).some(({ state }) => state === 'open') &&
      refundableOf(document, ledger) < amount,
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
  const settled = settledOf(document, line.id);
  const left = leftOf(document, line);
  const amount =
    quantity === left.quantity
      ? Math.max(0, left.amount - left.withheld)
      : Math.min(left.amount, priceOfUnits(line, settled.quantity, quantity));
  return { lineId: line.id, quantity, amount, tax: taxWithin(line, left, amount), withheld: 0 };
}

/** Of the units after the first `before` ones. */
function priceOfUnits({ price, quantity: all }: Line, before: number, quantity: number): number {
  const upTo = (units: number): number => Math.floor((price.total * units) / all);
  return upTo(before + quantity) - upTo(before);
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
export function planRefund(
  document: OrderDocument,
  wish: RefundWish,
  cards: readonly SoldGiftCard[] | null = null,
): Result<RefundPlan, Refusal[]> {
  switch (wish.of) {
    case 'lines':
      return planLines(document, wish, cards);
    case 'amount':
      return planAmount(document, wish, cards);
    case 'everything': {
      const lines = document.lines
        .map((line) => ({ line, left: leftOf(document, line) }))
        .filter(({ left }) => left.quantity > 0 || left.amount > 0)
        .map(({ line, left }) => ({ lineId: line.id, ...left, withheld: 0 }));
      return planned(document, unspent(document, lines, cards), shippingLeftOf(document), '/everything');
    }
  }
}

/** What was spent of gift cards is not there to be given back: it is withheld. */
const unspent = (
  document: OrderDocument,
  parts: readonly SettledPart[],
  cards: readonly SoldGiftCard[] | null,
): SettledPart[] =>
  parts.map((part) => {
    const line = document.lines.find(({ id }) => id === part.lineId);
    const room = line === undefined ? null : roomOf(document, line, cards);
    if (line === undefined || room === null || room >= part.amount) return part;
    const tax = taxWithin(line, leftOf(document, line), room);
    return { ...part, amount: room, tax, withheld: part.withheld + part.amount - room };
  });

function planLines(
  document: OrderDocument,
  { lines: wanted, shipping }: Extract<RefundWish, { of: 'lines' }>,
  cards: readonly SoldGiftCard[] | null,
): Result<RefundPlan, Refusal[]> {
  const refusals = unitRefusals(document, wanted);
  if (refusals.length > 0) return fail(refusals);
  const units = unitsNamed(document, wanted).flatMap(({ lineId, quantity }) =>
    unitsOf(document, lineId, quantity),
  );
  return planned(
    document,
    unspent(document, units, cards),
    shipping ? shippingLeftOf(document) : 0,
    '/lines',
  );
}

/** Units that are not there to be given back or sent back, or are named twice. */
export function unitRefusals(
  document: OrderDocument,
  wanted: readonly { lineId: string; quantity: number }[],
): Refusal[] {
  const named = unitsNamed(document, wanted);
  return named.flatMap(({ lineId, quantity, index }, place): Refusal[] => {
    const at = `/lines/${index}`;
    const line = document.lines.find((candidate) => candidate.id === lineId);
    if (line === undefined) return [{ pointer: `${at}/lineId`, detail: 'is not a line of this order' }];
    if (named.findIndex((other) => other.lineId === lineId) < place) {
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
  { amount, shipping }: Extract<RefundWish, { of: 'amount' }>,
  cards: readonly SoldGiftCard[] | null,
): Result<RefundPlan, Refusal[]> {
  const shippingLeft = shipping ? shippingLeftOf(document) : 0;
  const roomIn = (line: Line): number =>
    Math.min(leftOf(document, line).amount, roomOf(document, line, cards) ?? Infinity);
  const lines = document.lines.filter((line) => roomIn(line) > 0);
  const weights = [...lines.map(roomIn), shippingLeft];
  const left = weights.reduce((sum, weight) => sum + weight, 0);
  if (amount > left) return fail([{ pointer: '/amount', detail: `at most ${left} can be given back` }]);
  const shares = allocate(amount, weights);
  const parts = lines
    .map((line, index) => partOfAmount(document, line, shares[index] ?? 0))
    .filter((part) => part.amount > 0);
  return planned(document, parts, shares.at(-1) ?? 0, '/amount');
}

/** Never more than is there: a part of the money may have gone back past the order, or pay for a replacement. */
function planned(
  document: OrderDocument,
  parts: SettledPart[],
  shipping: number,
  pointer: string,
): Result<RefundPlan, Refusal[]> {
  const plan = { parts, shipping, amount: parts.reduce((sum, part) => sum + part.amount, shipping) };
  const there = availableOf(document);
  if (plan.amount === 0 || there === 0) return fail([{ pointer, detail: 'leaves nothing to give back' }]);
  if (plan.amount <= there) return ok(plan);
  if (pointer === '/everything') return ok(cut(plan, there)[0]);
  return fail([
    { pointer, detail: `at most ${there} can be given back: the rest of the money went elsewhere` },
  ]);
}

/** The first `amount` of a plan, and the rest; units stay with the first piece of their part. */
export function cut(plan: RefundPlan, amount: number): [RefundPlan, RefundPlan] {
  const taken: RefundPlan = { parts: [], shipping: 0, amount };
  const rest: RefundPlan = { parts: [], shipping: 0, amount: plan.amount - amount };
  let room = amount;
  for (const part of plan.parts) {
    const piece = Math.min(room, part.amount);
    room -= piece;
    if (piece === part.amount) {
      taken.parts.push(part);
    } else {
      const tax = Math.min(part.tax, Math.floor((part.tax * piece) / part.amount));
      if (piece > 0) taken.parts.push({ ...part, amount: piece, tax });
      rest.parts.push({
        ...part,
        quantity: piece > 0 ? 0 : part.quantity,
        withheld: piece > 0 ? 0 : part.withheld,
        amount: part.amount - piece,
        tax: piece > 0 ? part.tax - tax : part.tax,
      });
    }
  }
  taken.shipping = Math.min(room, plan.shipping);
  rest.shipping = plan.shipping - taken.shipping;
  return [taken, rest];
}

/** What the units of a return are worth that were not settled otherwise: their price less what was given back for them. */
export const partsOfReturn = (document: OrderDocument, found: ReturnCase): SettledPart[] =>
  unitsOfReturn(document, found).flatMap(({ lineId, quantity }) => {
    const line = document.lines.find(({ id }) => id === lineId);
    if (line === undefined) return [];
    const unit = partOfUnits(document, line, quantity);
    const paid = document.refunds
      .filter(({ state, returnId }) => state !== 'failed' && returnId === found.id)
      .flatMap(({ parts }) => parts)
      .filter((part) => part.lineId === lineId)
      .reduce((sum, part) => sum + part.amount, 0);
    if (paid === 0) return [unit];
    const price = priceOfUnits(line, settledOf(document, lineId).quantity, quantity);
    const amount = Math.min(unit.amount, Math.max(0, price - paid));
    return [{ ...unit, amount, tax: taxWithin(line, leftOf(document, line), amount) }];
  });

/** Units may have been given back otherwise since they were asked to be sent back. */
export const unitsOfReturn = (
  document: OrderDocument,
  { lines }: ReturnCase,
): { lineId: string; quantity: number }[] =>
  lines.flatMap(({ lineId, quantity }) => {
    const line = document.lines.find(({ id }) => id === lineId);
    const left = line === undefined ? 0 : Math.min(quantity, leftOf(document, line).quantity);
    return left > 0 ? [{ lineId, quantity: left }] : [];
  });
