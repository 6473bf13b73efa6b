import { moneyText } from '#shared/money/money.ts';
import type { OrderDocument } from '../document.ts';
import { isFullOfRefunds } from '../money.ts';
import { type Note, note } from '../notes.ts';
import { editedAllowance } from '../allowance.ts';
import { keepPositions, linesNamed } from '../bundles.ts';
import { claimsOf } from '../claims.ts';
import { accessDecided } from './access.ts';
import { editedClaims, editedPromotions } from './edit.ts';
import type { AfterSaleEvent, Units } from './events.ts';
import { granted, nextId, owedRefunds } from './granting.ts';
import { REPLACED } from './records.ts';
import { cardsTold } from './sold-cards.ts';
import { restockedOf, restockSteps } from './restock.ts';
import {
  exchangePlaced,
  exchangeUndone,
  returnExchanged,
  returnMoved,
  returnReceived,
  returnRefunded,
  returnRequested,
} from './returns.ts';
import { isWithheld, planRefund, unresolvedRefunds } from './settlement.ts';

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
    case 'access.decided':
      return accessDecided(draft, event);
    case 'return.requested':
      return returnRequested(draft, event);
    case 'return.approved':
    case 'return.rejected':
    case 'return.withdrawn':
      return returnMoved(draft, event.returnId, STEP_STATES[event.type], event);
    case 'return.received':
      restocked(draft, event.returnId, event.restock);
      return returnReceived(draft, event);
    case 'return.refunded':
      return returnRefunded(draft, event);
    case 'return.exchanged':
      return returnExchanged(draft, event);
    case 'exchange.placed':
      return exchangePlaced(draft, event);
    case 'exchange.refused':
    case 'exchange.ended':
      return exchangeUndone(draft, event);
    case 'cards.taken':
    case 'cards.spent':
      return cardsTold(draft, event);
    case 'stock.restocked':
      draft.restocking = (draft.restocking ?? []).filter(({ reference }) => reference !== event.reference);
      return [];
  }
}

/** As a line that fails: what began is undone, its money is not collected or goes back, the others go on. */
function linesCancelled(draft: OrderDocument, event: Of<'lines.cancelled'>): Note[] {
  draft.reason ??= { code: 'lines_cancelled', text: 'A part of the order was cancelled.' };
  const lines = event.lineIds.flatMap((id) => linesNamed(draft, id));
  for (const line of lines) {
    line.state = 'failed';
    line.detail = 'Cancelled';
  }
  return lines.map((line) =>
    note('line.cancelled', `${line.title}: cancelled${because(event.why)}`, line.id),
  );
}

function edited(draft: OrderDocument, event: Of<'order.edited'>): Note[] {
  const { request, lines, pricing } = event;
  const promotions = editedPromotions(draft, pricing, event.editId);
  const dropped = draft.promotions.filter(
    ({ promotionId, state }) =>
      state !== 'returned' && promotions.every((claim) => claim.promotionId !== promotionId),
  );
  draft.promotions = [...promotions, ...dropped];
  const allowance = editedAllowance(draft, event, event.editId);
  if (allowance === undefined) delete draft.allowance;
  else draft.allowance = allowance;
  draft.stock = editedClaims(draft, claimsOf(draft, lines));
  Object.assign(draft, { request, lines, pricing, total: pricing.total, quote: null });
  keepPositions(draft, event);
  draft.payment.amount = pricing.total;
  return [note('order.edited', `Order changed: ${text(draft, draft.total)}${because(event.why)}`)];
}

const STEP_STATES = {
  'return.approved': 'approved',
  'return.rejected': 'rejected',
  'return.withdrawn': 'withdrawn',
} as const;

/** Units of a line go back on the shelf once; that they are on their way is known until the stock has them. */
function restocked(draft: OrderDocument, reference: string, units: readonly Units[]): void {
  const steps = restockSteps(draft, reference, units);
  for (const { lineId, quantity } of steps) {
    const line = draft.lines.find(({ id }) => id === lineId);
    if (line !== undefined) line.restocked = restockedOf(draft, line) + quantity;
  }
  if (steps.length > 0) draft.restocking = [...(draft.restocking ?? []), ...steps];
}

function refundRequested(draft: OrderDocument, event: Of<'refund.requested'>): Note[] {
  const { cards = null } = event;
  const plan = planRefund(draft, event.wish, cards);
  if (!plan.ok) return [];
  granted(draft, plan.value, { id: event.refundId, returnId: null, step: event, cards });
  restocked(draft, event.refundId, event.restock);
  for (const line of draft.lines.filter(({ id }) => event.revoke.includes(id))) line.revoked = 'asked';
  return [note('refund.granted', `Refund granted: ${text(draft, plan.value.amount)}${because(event.why)}`)];
}

/**
 * A refund that failed at the provider is asked for again as another one, unless others have taken its place. One whose money
 * a bank has until a dispute is decided waits for that.
 */
export function renewFailedRefunds(draft: OrderDocument, at: number): void {
  const owed = owedRefunds(draft);
  for (const failed of unresolvedRefunds(draft)) {
    if (isWithheld(draft, failed)) continue;
    if (!owed.includes(failed.id)) {
      failed.renewedAs = REPLACED;
      continue;
    }
    if (isFullOfRefunds(draft)) return;
    const id = nextId(draft, failed.id.split(':')[0] ?? failed.id);
    failed.renewedAs = id;
    const { asking: _, cards, ...again } = failed;
    const taken = cards === undefined ? {} : { cards: { ...cards, state: 'asked' as const, round: 0 } };
    draft.refunds.push({ ...again, ...taken, id, state: 'asked', renewedAs: null, at, settledAt: null });
  }
}

const because = (why: string): string => (why === '' ? '' : ` (${why})`);
const text = (draft: OrderDocument, amount: number): string =>
  moneyText({ amount, currency: draft.currency });
