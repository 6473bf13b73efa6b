import { SMALLEST, unpayable } from '#shared/domain/payment-methods.ts';
import { GIFT_CARDS_PER_REFUND_MAX } from '#shared/contracts/gift-cards.ts';
import { linesNamed, PART_OF_BUNDLE } from '../bundles.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { disputesOf } from '../disputes.ts';
import { availableOf, restTooSmallWithout } from '../money.ts';
import { effectiveState, type Line, type OrderDocument, type Refusal, type State } from '../document.ts';
import { accessRefusals } from './access.ts';
import type { AfterSaleCommand, AfterSaleError, Units } from './events.ts';
import type { ReturnCase, ReturnState } from './records.ts';
import { restockableOf } from './restock.ts';
import { isTooManyCards, takesFor } from './sold-cards.ts';
import {
  leftOf,
  partsOfReturn,
  planRefund,
  settledOf,
  shippingLeftOf,
  unitRefusals,
  unresolvedRefunds,
} from './settlement.ts';

/** How long goods may be sent back when the product says nothing. */
export const RETURN_DAYS_DEFAULT = 30;
/*
 * An order is one row of its object's storage, which takes 2 MB: what people may add to it is bounded, and how many bytes
 * their words take as JSON.
 */
export const RETURNS_MAX = 20;
const OPEN_RETURNS_MAX = 10;
const RETURN_STEPS_MAX = 12;
const RETURN_WORDS_BYTES_MAX = 8_192;
const WHY_BYTES_MAX = 1_024;
export const NOTES_MAX = 200;
const NOTES_BYTES_MAX = 200_000;
export const REFUNDS_MAX = 40;

/** Something is delivered and nothing is being undone. */
export const AFTER_SALE_STATES: ReadonlySet<State> = new Set<State>(['delivering', 'completed']);
/** Neither settled nor given up, with no replacement on its way. */
export const OPEN_RETURNS: ReadonlySet<ReturnState> = new Set<ReturnState>([
  'requested',
  'approved',
  'received',
]);

type Of<Type extends AfterSaleCommand['type']> = Extract<AfterSaleCommand, { type: Type }> & { at: number };
type Check = AfterSaleError | null;

/** Why the wish cannot be granted; null when it can. Pure; asked in the same transaction that grants it. */
export function checkAfterSale(document: OrderDocument, command: AfterSaleCommand & { at: number }): Check {
  if ('why' in command && bytesOf(command.why) > WHY_BYTES_MAX) {
    return refused([{ pointer: '/reason', detail: `takes more than ${WHY_BYTES_MAX} bytes` }]);
  }
  return checkWish(document, command);
}

function checkWish(document: OrderDocument, command: AfterSaleCommand & { at: number }): Check {
  switch (command.type) {
    case 'note.added':
      return checkNote(document, command.text);
    case 'refund.requested':
      return afterSale(document) ?? (refundsFull(document) || checkRefund(document, command));
    case 'lines.cancelled':
      return checkLines(document, command.lineIds);
    case 'access.decided':
      return afterSale(document) ?? refused(accessRefusals(document, command));
    case 'return.requested':
      return afterSale(document) ?? checkReturn(document, command);
    case 'return.approved':
      return inState(document, command.returnId, ['requested']);
    case 'return.rejected':
      return (
        inState(document, command.returnId, ['requested', 'approved', 'received']) ??
        notShelved(document, command.returnId)
      );
    case 'return.withdrawn':
      return inState(document, command.returnId, ['requested', 'approved']);
    case 'return.received':
      return (
        afterSale(document) ??
        inState(document, command.returnId, ['approved']) ??
        checkReceived(document, command)
      );
    case 'return.refunded':
      return (
        afterSale(document) ??
        inState(document, command.returnId, ['approved', 'received']) ??
        (refundsFull(document) || checkReturnRefund(document, command))
      );
    case 'return.exchanged':
      return exchangeRefusal(document, command.returnId) ?? checkDifference(command);
  }
}

/** Why the return cannot be exchanged, whatever for. */
export const exchangeRefusal = (document: OrderDocument, returnId: string): Check =>
  afterSale(document) ??
  inState(document, returnId, ['approved', 'received']) ??
  notOfReplacement(document) ??
  roomForExchange(document, returnId) ??
  checkExchange(document, returnId);

/** Made is made: it is delivered and may be sent back. Without any line left the order itself is cancelled. */
function checkLines(document: OrderDocument, lineIds: readonly string[]): Check {
  if (effectiveState(document) !== 'delivering') {
    return notAllowed('Single lines can be cancelled only while an order is delivered line by line.');
  }
  const wanted = lineIds.flatMap((lineId, index): Refusal[] => {
    const pointer = `/lineIds/${index}`;
    const lines = linesNamed(document, lineId);
    const [line] = lines;
    if (line === undefined) return [{ pointer, detail: 'is not a line of this order' }];
    if (line.bundleId !== undefined && line.bundleId !== lineId) return [{ pointer, detail: PART_OF_BUNDLE }];
    const open = lines.every(({ state }) => state === 'pending' || state === 'provisioning');
    return open ? [] : [{ pointer, detail: 'is made already, or being taken back' }];
  });
  return refused(wanted.length > 0 ? wanted : restRefusals(document, lineIds));
}

/** Of cents that nobody can charge the whole order would end, though its customer wants what is left of it. */
function restRefusals(document: OrderDocument, lineIds: readonly string[]): Refusal[] {
  const cancelled = lineIds.flatMap((lineId) => linesNamed(document, lineId));
  const rest = restTooSmallWithout(document, cancelled);
  const detail = `leaves ${rest} to be charged, and ${SMALLEST[document.currency]} is the least that can be: leave more, or nothing`;
  return rest === null ? [] : [{ pointer: '/lineIds', detail }];
}

export const areLinesCancellable = (document: OrderDocument, lineIds: readonly string[]): boolean =>
  checkLines(document, lineIds) === null;

const notAllowed = (detail: string): AfterSaleError => ({ code: 'not_allowed', detail });
const refused = (refusals: Refusal[]): Check =>
  refusals.length === 0 ? null : { code: 'refused', refusals };
const tooMany = (what: string, most: number): AfterSaleError =>
  notAllowed(`An order has at most ${most} ${what}.`);
export function returnsFull({ returns }: OrderDocument): Check {
  if (returns.length >= RETURNS_MAX) return tooMany('returns', RETURNS_MAX);
  const open = returns.filter(({ state }) => OPEN_RETURNS.has(state)).length;
  return open >= OPEN_RETURNS_MAX ? tooMany('open returns', OPEN_RETURNS_MAX) : null;
}
export const refundsFull = (document: OrderDocument): Check =>
  document.refunds.length < REFUNDS_MAX ? null : tooMany('refunds', REFUNDS_MAX);
const bytesOf = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length;

function checkNote({ notes }: OrderDocument, text: string): Check {
  if (notes.length >= NOTES_MAX) return tooMany('notes', NOTES_MAX);
  const bytes = notes.reduce((sum, note) => sum + bytesOf(note.text), bytesOf(text));
  return bytes <= NOTES_BYTES_MAX ? null : tooMany('bytes of notes', NOTES_BYTES_MAX);
}

/** What came back for a replacement counts where it was paid: here it would count nothing, and the next be billed in full. */
const notOfReplacement = ({ exchangeOf }: OrderDocument): Check =>
  exchangeOf === null
    ? null
    : notAllowed(
        'This order is a replacement itself: refund this return; once all of the order has come back, the return of the first order can be exchanged again.',
      );

/** What a replacement was ordered with is kept until it is: of one at a time. */
function roomForExchange(document: OrderDocument, returnId: string): Check {
  if (document.returns.some(({ state }) => state === 'exchanging')) {
    return notAllowed('Another replacement is being ordered: try again in a moment.');
  }
  const steps = findReturn(document, returnId)?.steps.length ?? 0;
  return steps < RETURN_STEPS_MAX
    ? null
    : notAllowed(`A return has at most ${RETURN_STEPS_MAX} steps: give its price back instead.`);
}

function afterSale(document: OrderDocument): Check {
  return AFTER_SALE_STATES.has(effectiveState(document))
    ? null
    : notAllowed('Nothing has been delivered, or the order is being undone: cancel it instead.');
}

function checkRefund(document: OrderDocument, command: Of<'refund.requested'>): Check {
  const plan = planRefund(document, command.wish, command.cards ?? null);
  if (!plan.ok) return refused(plan.error);
  if (isTooManyCards(takesFor(document, plan.value.parts, command.cards ?? null)))
    return refused([
      { pointer: '/lines', detail: `of at most ${GIFT_CARDS_PER_REFUND_MAX} gift cards at once` },
    ]);
  const given = (lineId: string): number =>
    plan.value.parts.filter((part) => part.lineId === lineId).reduce((sum, part) => sum + part.quantity, 0);
  const revoked = command.revoke.flatMap((lineId): Refusal[] => {
    const line = document.lines.find(({ id }) => id === lineId);
    const pointer = pointerOf(command, lineId, 'instances');
    if (line === undefined) return [{ pointer, detail: 'is not a line of this order' }];
    if (isParcel(line)) return [{ pointer, detail: 'a parcel comes back by a return' }];
    const all = settledOf(document, lineId).quantity + given(lineId) === line.quantity;
    return all ? [] : [{ pointer, detail: 'is taken back only when all of its units are given back' }];
  });
  const shelved = command.restock.flatMap(({ lineId, quantity }): Refusal[] => {
    const line = document.lines.find(({ id }) => id === lineId);
    const shelved = line === undefined ? 0 : restockableOf(document, line);
    const fits = quantity <= Math.min(given(lineId), shelved);
    const detail = 'only units of a stocked article that are given back and not on the shelf again yet';
    return fits ? [] : [{ pointer: pointerOf(command, lineId, 'restock'), detail }];
  });
  return refused([...revoked, ...shelved]);
}

function pointerOf({ wish }: Of<'refund.requested'>, lineId: string, field: string): string {
  const index = wish.of === 'lines' ? wish.lines.findIndex((line) => line.lineId === lineId) : -1;
  return index < 0 ? `/${field}` : `/lines/${index}/${field}`;
}

function checkReturn(document: OrderDocument, command: Of<'return.requested'>): Check {
  const full = returnsFull(document);
  if (full !== null) return full;
  if (command.lines.reduce((sum, { reason }) => sum + bytesOf(reason), 0) > RETURN_WORDS_BYTES_MAX) {
    return refused([
      { pointer: '/lines', detail: `their reasons take more than ${RETURN_WORDS_BYTES_MAX} bytes together` },
    ]);
  }
  const units = unitRefusals(document, command.lines);
  if (units.length > 0) return refused(units);
  return refused(
    command.lines.flatMap(({ lineId, quantity }, index): Refusal[] => {
      const line = document.lines.find(({ id }) => id === lineId);
      if (line === undefined || !isParcel(line)) {
        return [{ pointer: `/lines/${index}/lineId`, detail: 'was not sent as a parcel' }];
      }
      const ends = returnUntil(line);
      if (command.by.kind === 'customer' && (ends === null || command.at >= ends)) {
        return [{ pointer: `/lines/${index}/lineId`, detail: 'the time to send it back is over' }];
      }
      const left = returnableUnits(document, line);
      return quantity <= left
        ? []
        : [{ pointer: `/lines/${index}/quantity`, detail: `at most ${left} are left` }];
    }),
  );
}

const isParcel = (line: Line): boolean => line.fulfilment.template === 'parcel';

/** Until when a customer may ask to send a line back; null when it was not sent. Epoch milliseconds. */
export function returnUntil(line: Line): number | null {
  if (line.fulfilment.template !== 'parcel' || line.deliveredAt === null) return null;
  return line.deliveredAt + (line.fulfilment.returnDays ?? RETURN_DAYS_DEFAULT) * DAY_MS;
}

/** Neither given back, be it that the bank sent the money back again, nor on their way back. */
export function returnableUnits(document: OrderDocument, line: Line): number {
  const gone = [
    ...document.returns.filter(({ state }) => OPEN_RETURNS.has(state)).flatMap(({ lines }) => lines),
    ...unresolvedRefunds(document).flatMap(({ parts }) => parts),
  ]
    .filter(({ lineId }) => lineId === line.id)
    .reduce((sum, { quantity }) => sum + quantity, 0);
  return Math.max(0, leftOf(document, line).quantity - gone);
}

export const findReturn = (document: OrderDocument, returnId: string): ReturnCase | undefined =>
  document.returns.find(({ id }) => id === returnId);

function inState(document: OrderDocument, returnId: string, states: ReturnState[]): Check {
  const found = findReturn(document, returnId);
  if (found === undefined) return { code: 'not_found' };
  return states.includes(found.state) ? null : notAllowed(`The return is ${found.state}.`);
}

function checkReceived(document: OrderDocument, command: Of<'return.received'>): Check {
  const lines = findReturn(document, command.returnId)?.lines ?? [];
  return refused(
    command.restock.flatMap(({ lineId, quantity }: Units, index): Refusal[] => {
      const pointer = `/restock/${index}/quantity`;
      if (command.restock.findIndex((other) => other.lineId === lineId) < index) {
        return [{ pointer: `/restock/${index}/lineId`, detail: 'is named twice' }];
      }
      const sent = lines.find((line) => line.lineId === lineId)?.quantity ?? 0;
      if (quantity > sent) return [{ pointer, detail: `at most ${sent} came back` }];
      const line = document.lines.find(({ id }) => id === lineId);
      if (line?.stockTracked !== true) return [{ pointer, detail: 'this article has no stock' }];
      const left = restockableOf(document, line);
      return quantity <= left ? [] : [{ pointer, detail: `at most ${left} are not on the shelf again yet` }];
    }),
  );
}

/** What is on the shelf again cannot be sent back to the customer. */
function notShelved(document: OrderDocument, returnId: string): Check {
  const shelved = (findReturn(document, returnId)?.restocked ?? []).length > 0;
  return shelved ? notAllowed('Units of it are on the shelf again: give their price back instead.') : null;
}

const priceOf = (document: OrderDocument, returnId: string): number => {
  const found = findReturn(document, returnId);
  const parts = found === undefined ? [] : partsOfReturn(document, found);
  return parts.reduce((sum, part) => sum + part.amount, 0);
};

/** Only money that is there pays for a replacement. */
function checkExchange(document: OrderDocument, returnId: string): Check {
  const there = availableOf(document);
  if (priceOf(document, returnId) <= there) return null;
  return notAllowed(`Of the price of these units only ${there} is still there: give that back instead.`);
}

/** What the replacement costs beyond what came back has to be paid, and not every amount can be. */
function checkDifference({ quote: { priced } }: Of<'return.exchanged'>): Check {
  const { total: amount, currency } = priced;
  const detail = unpayable({ amount, currency }, 'leave');
  return detail === null ? null : refused([{ pointer: '/lines', detail }]);
}

const whileDisputed = (document: OrderDocument): Check =>
  disputesOf(document).some(({ state }) => state === 'open')
    ? notAllowed('The customer’s bank has the money until the dispute is decided: wait for that.')
    : null;

function checkReturnRefund(document: OrderDocument, command: Of<'return.refunded'>): Check {
  const price = priceOf(document, command.returnId);
  if (command.amount !== null && command.amount > price) {
    return refused([{ pointer: '/amount', detail: `at most ${price}, the price of these units` }]);
  }
  const there = availableOf(document);
  const amount = (command.amount ?? price) + (command.shipping ? shippingLeftOf(document) : 0);
  if (amount <= there) return null;
  // Without money to give back, and none named, it is closed; while a bank decides, nobody knows whether there will be.
  if (there === 0 && command.amount === null) return whileDisputed(document);
  return refused([
    {
      pointer: '/amount',
      detail: `at most ${there} can be given back: the rest of the money went elsewhere`,
    },
  ]);
}
