import { moneyText } from '#shared/money/money.ts';
import type { OrderDocument } from '../document.ts';
import { availableOf } from '../money.ts';
import { type Note, note } from '../notes.ts';
import { findReturn, OPEN_RETURNS } from './check.ts';
import type { AfterSaleEvent } from './events.ts';
import { granted, type Step } from './granting.ts';
import { REPLACED, type ReturnCase, type ReturnState, type SettledPart } from './records.ts';
import { partsFor, partsOfReturn, shippingLeftOf, unitsOfReturn, unresolvedRefunds } from './settlement.ts';

/*
 * The steps of a return, written down. Each is a step with who, when and why.
 */

type Of<Type extends AfterSaleEvent['type']> = Extract<AfterSaleEvent, { type: Type }> & { at: number };

export function returnRequested(draft: OrderDocument, event: Of<'return.requested'>): Note[] {
  const opened: ReturnCase = {
    id: event.returnId,
    state: 'requested',
    wish: event.wish,
    lines: event.lines,
    steps: [{ state: 'requested', at: event.at, by: event.by, why: event.why }],
    restocked: [],
    refundId: null,
    exchange: null,
  };
  draft.returns.push(opened);
  return [note('return.requested', `Return asked for: ${articles(draft, opened)}`)];
}

const RETURN_NOTES: Record<Exclude<ReturnState, 'requested'>, string> = {
  approved: 'Return approved: please send it back',
  rejected: 'Return declined',
  withdrawn: 'Return withdrawn',
  received: 'Return arrived',
  refunded: 'Return refunded',
  exchanging: 'Replacement under way',
  exchanged: 'Replacement ordered',
};

export function returnMoved(
  draft: OrderDocument,
  returnId: string,
  to: ReturnState,
  { at, by, why }: Step,
): Note[] {
  const found = findReturn(draft, returnId);
  if (found === undefined || found.state === to || to === 'requested') return [];
  found.state = to;
  found.steps.push({ state: to, at, by, why });
  const text = found.closed === undefined ? RETURN_NOTES[to] : CLOSED_NOTE;
  return [note(`return.${to}`, `${text}: ${articles(draft, found)}${because(why)}`)];
}
const CLOSED_NOTE = 'Return closed without money';

export function returnReceived(draft: OrderDocument, event: Of<'return.received'>): Note[] {
  const found = findReturn(draft, event.returnId);
  found?.restocked.push(...event.restock.map(({ lineId, quantity }) => ({ lineId, quantity })));
  return returnMoved(draft, event.returnId, 'received', event);
}

/** Units that are worth nothing, or whose money is not here any more, are settled without a refund. */
export function returnRefunded(draft: OrderDocument, event: Of<'return.refunded'>): Note[] {
  const found = findReturn(draft, event.returnId);
  if (found === undefined) return [];
  takeOverFailed(draft, found.id);
  const units = partsOfReturn(draft, found);
  const price = units.reduce((sum, part) => sum + part.amount, 0);
  const shipping = event.shipping ? shippingLeftOf(draft) : 0;
  const amount = (event.amount ?? price) + shipping;
  if (amount === 0 || availableOf(draft) === 0) {
    found.closed = units.map((part) => ({ ...part, amount: 0, tax: 0, withheld: part.amount }));
    const why = [event.why, whyNothing(draft, amount)].filter((text) => text !== '').join('; ');
    return returnMoved(draft, found.id, 'refunded', { ...event, why });
  }
  const parts = event.amount === null ? units : partsFor(draft, units, event.amount);
  granted(draft, { parts, shipping, amount }, { id: event.refundId, returnId: found.id, step: event });
  found.refundId = event.refundId;
  return [
    ...returnMoved(draft, found.id, 'refunded', event),
    note('refund.granted', `Refund granted: ${text(draft, amount)}`),
  ];
}

/** Said to both sides, since the state of such a return is `refunded` all the same. */
function whyNothing({ exchangeOf }: OrderDocument, amount: number): string {
  if (amount === 0) return 'nothing was paid for it';
  return exchangeOf === null
    ? 'no money is left here to give back'
    : 'what it is worth lies in the first order, and is given back there once the whole replacement has come back';
}

/** A difference that the bank sent back is part of the units' price again: it is not given beside it. */
function takeOverFailed(draft: OrderDocument, returnId: string): void {
  for (const failed of unresolvedRefunds(draft)) {
    if (failed.returnId === returnId) failed.renewedAs = REPLACED;
  }
}

/** The difference is given back only once the replacement is ordered: until then it is set aside. */
export function returnExchanged(draft: OrderDocument, event: Of<'return.exchanged'>): Note[] {
  const found = findReturn(draft, event.returnId);
  if (found === undefined) return [];
  const { orderId, request, quote, used, refundId } = event;
  takeOverFailed(draft, found.id);
  const units = partsOfReturn(draft, found);
  const parts = partsFor(draft, units, used).map((part) => ({ ...part, withheld: 0 }));
  const rest = units
    .map((unit, index): SettledPart => {
      const taken = parts[index];
      const amount = unit.amount - (taken?.amount ?? 0);
      return { ...unit, quantity: 0, amount, tax: Math.max(0, unit.tax - (taken?.tax ?? 0)) };
    })
    .filter((part) => part.amount > 0);
  found.exchange = { orderId, parts, rest, refundId, request, quote };
  return returnMoved(draft, found.id, 'exchanging', event);
}

export function exchangePlaced(draft: OrderDocument, event: Of<'exchange.placed'>): Note[] {
  const found = findReturn(draft, event.returnId);
  const exchange = found?.exchange;
  if (found?.state !== 'exchanging' || exchange?.orderId !== event.orderId) return [];
  const { rest = [], refundId } = exchange;
  const { by } = found.steps.at(-1) ?? system(event.at, '');
  found.exchange = { orderId: exchange.orderId, parts: exchange.parts, request: null, quote: null };
  const notes = returnMoved(draft, found.id, 'exchanged', system(event.at, ''));
  const amount = rest.reduce((sum, part) => sum + part.amount, 0);
  if (amount === 0 || refundId === undefined) return notes;
  const step = { at: event.at, by, why: '' };
  granted(draft, { parts: rest, shipping: 0, amount }, { id: refundId, returnId: found.id, step });
  return [...notes, note('refund.granted', `Refund granted: ${text(draft, amount)}, the difference`)];
}

/** Without a replacement the return is where it was before: it can be settled another way. */
export function exchangeUndone(
  draft: OrderDocument,
  event: Of<'exchange.refused'> | Of<'exchange.ended'>,
): Note[] {
  const found = findReturn(draft, event.returnId);
  const isOpen =
    found?.state === 'exchanging' || (found?.state === 'exchanged' && event.type === 'exchange.ended');
  if (!isOpen || found.exchange?.orderId !== event.orderId) return [];
  const former = found.steps.findLast(({ state }) => state === 'received' || state === 'approved')?.state;
  found.exchange = null;
  const why =
    event.type === 'exchange.refused' ? event.detail : (event.why ?? 'the replacement was not kept');
  return returnMoved(draft, event.returnId, former ?? 'received', system(event.at, why));
}

/** Returns of which nothing is left, because their units were given back another way or the order was undone. */
export function closeReturns(draft: OrderDocument, at: number): Note[] {
  return draft.returns
    .filter(({ state }) => OPEN_RETURNS.has(state))
    .filter((found) => unitsOfReturn(draft, found).length === 0)
    .flatMap(({ id }) => returnMoved(draft, id, 'refunded', system(at, 'given back otherwise')));
}

const system = (at: number, why: string): Step => ({ at, by: { kind: 'system', id: null }, why });
const articles = (document: OrderDocument, { lines }: ReturnCase): string =>
  lines
    .map(({ lineId, quantity }) => {
      const line = document.lines.find(({ id }) => id === lineId);
      return `${quantity} × ${line?.title ?? 'article'}`;
    })
    .join(', ')
    .slice(0, 300);
const because = (why: string): string => (why === '' ? '' : ` (${why})`);
const text = (draft: OrderDocument, amount: number): string =>
  moneyText({ amount, currency: draft.currency });
