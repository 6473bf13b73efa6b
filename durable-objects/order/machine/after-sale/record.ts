import { moneyText } from '#shared/money/money.ts';
import type { Actor, OrderDocument, Refund } from '../document.ts';
import { ledgersOf, refundableOf } from '../money.ts';
import { type Note, note } from '../notes.ts';
import { claimsOf } from '../claims.ts';
import { findReturn } from './check.ts';
import { editedClaims, editedPromotions } from './edit.ts';
import type { AfterSaleEvent } from './events.ts';
import type { ReturnCase, ReturnState, SettledPart } from './records.ts';
import { leftOf, partsFor, planRefund, type RefundPlan, shippingLeftOf, unitsOf } from './settlement.ts';

type Of<Type extends AfterSaleEvent['type']> = Extract<AfterSaleEvent, { type: Type }> & { at: number };

/** Writes down a wish that was granted, or what came of it. What goes out because of it: `afterSaleIntents`. */
export function recordAfterSale(draft: OrderDocument, event: AfterSaleEvent & { at: number }): Note[] {
  switch (event.type) {
    case 'note.added': {
      const { noteId: id, at, by, text, visible } = event;
      draft.notes.push({ id, at, by, text, visible });
      return visible ? [note('order.note', text)] : [];
    }
    case 'refund.requested':
      return refundRequested(draft, event);
    case 'order.edited':
      return edited(draft, event);
    case 'lines.cancelled':
      return linesCancelled(draft, event);
    case 'return.requested':
      return returnRequested(draft, event);
    case 'return.approved':
    case 'return.rejected':
    case 'return.withdrawn':
      return returnStep(draft, event, STEP_STATES[event.type]);
    case 'return.received': {
      const found = findReturn(draft, event.returnId);
      found?.restocked.push(...event.restock);
      return returnStep(draft, event, 'received');
    }
    case 'return.refunded':
      return returnRefunded(draft, event);
    case 'return.exchanged':
      return returnExchanged(draft, event);
    case 'exchange.placed':
      return moved(draft, event.returnId, 'exchanged', system(event.at, ''));
    case 'exchange.refused': {
      const found = findReturn(draft, event.returnId);
      if (found?.state !== 'exchanging') return [];
      found.exchange = null;
      return moved(draft, event.returnId, 'received', system(event.at, event.detail));
    }
    case 'stock.restocked':
      return [];
  }
}

/** As a line that fails: what began is undone, its money is not collected or goes back, the others go on. */
function linesCancelled(draft: OrderDocument, event: Of<'lines.cancelled'>): Note[] {
  draft.reason ??= { code: 'lines_cancelled', text: 'A part of the order was cancelled.' };
  const lines = draft.lines.filter(({ id }) => event.lineIds.includes(id));
  for (const line of lines) {
    line.state = 'failed';
    line.detail = 'Cancelled';
  }
  return lines.map((line) =>
    note('line.cancelled', `${line.title}: cancelled${because(event.why)}`, line.id),
  );
}

function edited(draft: OrderDocument, event: Of<'order.edited'>): Note[] {
  const { request, lineIds, lines, pricing } = event;
  const promotions = editedPromotions(draft, pricing, event.editId);
  const dropped = draft.promotions.filter(
    ({ promotionId, state }) =>
      state !== 'returned' && promotions.every((claim) => claim.promotionId !== promotionId),
  );
  draft.promotions = [...promotions, ...dropped];
  draft.stock = editedClaims(draft, claimsOf(draft, lines));
  Object.assign(draft, { request, lineIds, lines, pricing, total: pricing.total, quote: null });
  draft.payment.amount = pricing.total;
  return [note('order.edited', `Order changed: ${text(draft, draft.total)}${because(event.why)}`)];
}

const STEP_STATES = {
  'return.approved': 'approved',
  'return.rejected': 'rejected',
  'return.withdrawn': 'withdrawn',
} as const;

interface Step {
  at: number;
  by: Actor;
  why: string;
}
const system = (at: number, why: string): Step => ({ at, by: { kind: 'system', id: null }, why });

function refundRequested(draft: OrderDocument, event: Of<'refund.requested'>): Note[] {
  const plan = planRefund(draft, event.wish);
  if (!plan.ok) return [];
  granted(draft, plan.value, { id: event.refundId, returnId: null, step: event });
  for (const line of draft.lines.filter(({ id }) => event.revoke.includes(id))) line.revoked = 'asked';
  return [note('refund.granted', `Refund granted: ${text(draft, plan.value.amount)}${because(event.why)}`)];
}

/** One record for each payment it is taken from; the sum of its parts is its amount. */
function granted(
  draft: OrderDocument,
  plan: RefundPlan,
  { id, returnId, step }: { id: string; returnId: string | null; step: Step },
): void {
  let left: RefundPlan = plan;
  for (const ledger of ledgersOf(draft)) {
    const amount = Math.min(left.amount, refundableOf(draft, ledger));
    if (amount <= 0 || ledger.paymentId === null) continue;
    const [taken, rest] = cut(left, amount);
    left = rest;
    draft.refunds.push(refundOf(taken, ledger.paymentId, { id: nextId(draft, id), returnId, step }));
  }
}

/** A refund taken from two payments is two refunds. */
function nextId(draft: OrderDocument, id: string): string {
  const same = draft.refunds.filter((refund) => refund.id === id || refund.id.startsWith(`${id}:`)).length;
  return same === 0 ? id : `${id}:${same + 1}`;
}

const refundOf = (
  { parts, shipping, amount }: RefundPlan,
  paymentId: string,
  { id, returnId, step }: { id: string; returnId: string | null; step: Step },
): Refund => ({
  id,
  paymentId,
  amount,
  state: 'asked',
  cause: 'granted',
  lineIds: [...new Set(parts.map(({ lineId }) => lineId))],
  parts,
  shipping,
  returnId,
  renewedAs: null,
  by: step.by,
  why: step.why,
  at: step.at,
  settledAt: null,
});

/** The first `amount` of a plan, and the rest; units stay with the first piece of their part. */
function cut(plan: RefundPlan, amount: number): [RefundPlan, RefundPlan] {
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

function returnRequested(draft: OrderDocument, event: Of<'return.requested'>): Note[] {
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

function returnStep(draft: OrderDocument, event: Step & { returnId: string }, to: ReturnState): Note[] {
  return moved(draft, event.returnId, to, event);
}

function moved(draft: OrderDocument, returnId: string, to: ReturnState, { at, by, why }: Step): Note[] {
  const found = findReturn(draft, returnId);
  if (found === undefined || found.state === to || to === 'requested') return [];
  found.state = to;
  found.steps.push({ state: to, at, by, why });
  return [note(`return.${to}`, `${RETURN_NOTES[to]}: ${articles(draft, found)}${because(why)}`)];
}

function returnRefunded(draft: OrderDocument, event: Of<'return.refunded'>): Note[] {
  const found = findReturn(draft, event.returnId);
  if (found === undefined) return [];
  const units = partsOfReturn(draft, found);
  const price = units.reduce((sum, part) => sum + part.amount, 0);
  const parts = event.amount === null ? units : partsFor(draft, units, event.amount);
  const shipping = event.shipping ? shippingLeftOf(draft) : 0;
  const amount = (event.amount ?? price) + shipping;
  granted(draft, { parts, shipping, amount }, { id: event.refundId, returnId: found.id, step: event });
  found.refundId = event.refundId;
  return [
    ...moved(draft, found.id, 'refunded', event),
    note('refund.granted', `Refund granted: ${text(draft, amount)}`),
  ];
}

function returnExchanged(draft: OrderDocument, event: Of<'return.exchanged'>): Note[] {
  const found = findReturn(draft, event.returnId);
  if (found === undefined) return [];
  const { orderId, request, quote, used, refundId } = event;
  const units = partsOfReturn(draft, found);
  const parts = partsFor(draft, units, used).map((part) => ({ ...part, withheld: 0 }));
  const rest = units
    .map((unit, index): SettledPart => {
      const taken = parts[index];
      const amount = unit.amount - (taken?.amount ?? 0);
      return { ...unit, quantity: 0, amount, tax: Math.max(0, unit.tax - (taken?.tax ?? 0)) };
    })
    .filter((part) => part.amount > 0);
  found.exchange = { orderId, parts, request, quote };
  const notes = moved(draft, found.id, 'exchanging', event);
  const amount = rest.reduce((sum, part) => sum + part.amount, 0);
  if (amount === 0) return notes;
  granted(draft, { parts: rest, shipping: 0, amount }, { id: refundId, returnId: found.id, step: event });
  return [...notes, note('refund.granted', `Refund granted: ${text(draft, amount)}, the difference`)];
}

/** What the returned units cost, and so what they are worth in an exchange. */
export const partsOfReturn = (document: OrderDocument, { lines }: ReturnCase): SettledPart[] =>
  lines.flatMap(({ lineId, quantity }) => unitsOf(document, lineId, quantity));

/** A refund that failed at the provider is asked for again as another one, unless others have taken its place. */
export function renewFailedRefunds(draft: OrderDocument, at: number): void {
  for (const failed of unresolvedRefunds(draft)) {
    if (!isStillOwed(draft, failed)) {
      failed.renewedAs = REPLACED;
      continue;
    }
    const id = nextId(draft, failed.id.split(':')[0] ?? failed.id);
    failed.renewedAs = id;
    draft.refunds.push({ ...failed, id, state: 'asked', renewedAs: null, at, settledAt: null });
  }
}

const REPLACED = 'replaced';

const isStillOwed = (draft: OrderDocument, { parts, shipping, amount, paymentId }: Refund): boolean =>
  shipping <= shippingLeftOf(draft) &&
  ledgersOf(draft).some(
    (ledger) => ledger.paymentId === paymentId && amount <= refundableOf(draft, ledger),
  ) &&
  parts.every((part) => {
    const line = draft.lines.find(({ id }) => id === part.lineId);
    const left = line === undefined ? null : leftOf(draft, line);
    return left !== null && part.quantity <= left.quantity && part.amount <= left.amount;
  });

/** Granted and sent back by the bank: the customer does not have the money. */
export const unresolvedRefunds = (document: OrderDocument): Refund[] =>
  document.refunds.filter(
    ({ cause, state, renewedAs }) => cause === 'granted' && state === 'failed' && renewedAs === null,
  );

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
