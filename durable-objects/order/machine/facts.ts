import { assertNever } from '#shared/domain/result.ts';
import { moneyText } from '#shared/money/money.ts';
import {
  type Ledger,
  type Line,
  type OrderDocument,
  type Refusal,
  type StockClaim,
  waitingLines,
} from './document.ts';
import { allowanceOf, moveAllowance } from './allowance.ts';
import { claimsOf, promotionClaims } from './claims.ts';
import { keepPositions } from './bundles.ts';
import type { EventOf, OrderEvent } from './events.ts';
import { recordAfterSale, renewFailedRefunds } from './after-sale/record.ts';
import { assessed, reviewDecided, reviewDue, riskTold } from './fraud/facts.ts';
import { acceptLosses } from './disputes.ts';
import { acceptWithdrawn, changedTakenBack, isAboutWithdrawn, isChangedTakenBack } from './withdrawn.ts';
import { isMadeUnasked } from './lines.ts';
import { cardsOf, ledgersOf } from './money.ts';
import { differenceOf } from './resolution.ts';
import { type Note, note, staffNote } from './notes.ts';
import { repriced } from './passing-over.ts';
import { paid, stepRefused } from './payment-facts.ts';
import { accessTold } from './suspension.ts';

/**
 * Writes what the event tells into the document, whatever state the order is in, and returns what is worth telling.
 * Facts are monotone: the same fact twice, or an older one after a newer one, changes nothing. The table then decides
 * what follows. Mutates `draft`, which belongs to the caller.
 */
export function recordFact(draft: OrderDocument, event: OrderEvent): Note[] {
  switch (event.type) {
    case 'order.priced':
      return priced(draft, event);
    case 'order.refused':
      if (draft.state === 'pricing') draft.refusals = event.refusals;
      return [];
    case 'order.acknowledged':
      draft.acknowledged = true;
      return [];
    case 'stock.held':
      return held(draft, event);
    case 'stock.refused':
      if (moveClaim(draft, event.shortage.sku, ['wanted'], 'refused')) draft.shortage = event.shortage;
      return [];
    case 'stock.commit_refused':
      if (moveClaim(draft, event.shortage.sku, ['wanted', 'held'], 'refused'))
        draft.shortage = event.shortage;
      return [];
    case 'stock.committed':
      return committed(draft, event);
    case 'stock.returned':
      returned(draft, event.sku, event.lineIds ?? null);
      return [];
    case 'allowance.claimed':
    case 'allowance.refused':
    case 'allowance.returned':
      moveAllowance(draft, event);
      return [];
    case 'promotion.claimed':
    case 'promotion.refused':
    case 'promotion.returned':
      movePromotion(draft, event);
      return [];
    case 'payment.asked':
      for (const ledger of ofAttempt(draft, event.attempt)) ledger.asked = true;
      return [];
    case 'payment.refused':
      if (event.methodUnknown === true) draft.refusals = [METHOD_UNKNOWN];
      for (const card of cardsOf(draft))
        if (card.attempt === event.attempt && card.status === 'none') card.refusal = 'cannot be spent';
      return paymentNone(draft, event);
    case 'payment.none':
      return paymentNone(draft, event);
    case 'payment.open':
    case 'payment.processing':
    case 'payment.authorised':
    case 'payment.captured':
    case 'payment.voided':
      return [...paid(draft, event), ...riskTold(draft, event)];
    case 'payment.step_refused':
      return stepRefused(draft, event);
    case 'line.started':
    case 'line.provisioned':
    case 'line.failed':
    case 'line.activated':
    case 'line.deprovisioned':
      return lineChanged(draft, event);
    case 'line.stuck':
      if (isChangedTakenBack(event)) return changedTakenBack(draft, event);
      return event.access === undefined ? lineChanged(draft, event) : accessTold(draft, event);
    case 'line.suspended':
    case 'line.resumed':
      return accessTold(draft, event);
    case 'operator.retried':
      renewFailedRefunds(draft, event.at);
      acceptLosses(draft);
      if (isAboutWithdrawn(draft)) acceptWithdrawn(draft);
      return [staffNote('order.retried', 'Tried again by our team', event.actorId)];
    case 'operator.step_retried':
      return [staffNote('order.retried', `Tried again by our team: ${event.key}`, event.actorId)];
    case 'refund.requested':
    case 'note.added':
    case 'return.requested':
    case 'return.approved':
    case 'return.rejected':
    case 'return.withdrawn':
    case 'return.received':
    case 'return.refunded':
    case 'return.exchanged':
    case 'order.edited':
    case 'lines.cancelled':
    case 'access.decided':
    case 'exchange.placed':
    case 'exchange.refused':
    case 'exchange.ended':
    case 'stock.restocked':
    case 'cards.taken':
    case 'cards.spent':
      return recordAfterSale(draft, event);
    case 'fraud.assessed':
      return assessed(draft, event);
    case 'review.decided':
      return reviewDecided(draft, event);
    case 'review.due':
      return reviewDue(draft, event);
    case 'mail.refused':
      return mailRefused(draft);
    case 'stock.allocated':
    case 'payment.notified':
    case 'payment.capture_refused':
    case 'window.ended':
    case 'stage.overdue':
    case 'authorisation.expiring':
    case 'authorisation.ending':
    case 'order.nudged':
    case 'mails.gathered':
    case 'effect.parked':
      return [];
    case 'cancel.requested':
      return event.by === 'operator'
        ? [
            staffNote('order.cancel_asked', 'Cancelled by our team', event.actorId, {
              keep: event.keep ?? null,
            }),
          ]
        : [];
    case 'operator.resolved':
      return [
        note('order.resolved', `Settled by our team: ${event.text}`),
        staffNote('order.resolved_by_hand', `Ended as ${event.as} by hand`, event.actorId, {
          difference: differenceOf(draft, event.as).code,
        }),
      ];
    default:
      return assertNever(event);
  }
}

const METHOD_UNKNOWN: Refusal = {
  pointer: '/paymentMethodId',
  detail: 'is none of the payment methods you keep',
};

function paymentNone(draft: OrderDocument, event: EventOf<'payment.refused' | 'payment.none'>): Note[] {
  for (const ledger of ofAttempt(draft, event.attempt)) {
    if (ledger.paymentId === null) ledger.asked = false;
  }
  return [];
}

/** The address is asked for again before the next mail: the customer may have changed it. */
function mailRefused(draft: OrderDocument): Note[] {
  draft.email = null;
  return [note('mail.refused', 'A message to your e-mail address was refused; please check the address')];
}

function priced(draft: OrderDocument, event: EventOf<'order.priced'>): Note[] {
  if (draft.state === 'repricing') return repriced(draft, event);
  if (draft.state !== 'pricing') return [];
  draft.lines = event.lines;
  keepPositions(draft, event);
  draft.total = event.pricing.total;
  draft.pricing = event.pricing;
  draft.payment.amount = event.pricing.total;
  draft.delivery = event.delivery;
  draft.email = event.email;
  if (draft.fraud !== undefined) draft.fraud.accountCreatedAt = event.accountCreatedAt ?? null;
  draft.stock = claimsOf(draft, event.lines);
  draft.promotions = promotionClaims(event.pricing);
  const allowance = allowanceOf(draft, event.lines, event.bundles);
  if (allowance !== undefined) draft.allowance = allowance;
  return [
    note(
      'order.placed',
      `Order ${draft.number} placed: ${moneyText({ amount: draft.total, currency: draft.currency })}`,
    ),
  ];
}

/** A use that is back, or was never given, is not given any more. */
function movePromotion(
  draft: OrderDocument,
  event: EventOf<'promotion.claimed' | 'promotion.refused' | 'promotion.returned'>,
): void {
  const claim = draft.promotions.find((each) => each.promotionId === event.promotionId);
  if (claim === undefined) return;
  if (event.type === 'promotion.returned') {
    if (event.use === claim.use) claim.state = 'returned';
  } else if (claim.state === 'wanted' && event.type === 'promotion.claimed') claim.state = 'claimed';
  else if (claim.state === 'wanted' && event.type === 'promotion.refused')
    Object.assign(claim, { state: 'refused', refusal: event.reason });
}

function held(draft: OrderDocument, event: EventOf<'stock.held'>): Note[] {
  const known = draft.stock.find((claim) => claim.sku === event.sku)?.state !== 'wanted';
  moveClaim(draft, event.sku, ['wanted'], 'held');
  if (!awaitUnits(draft, event) && known) return [];
  const titles = titlesOf(draft, event.sku);
  if ((event.waiting?.length ?? 0) === 0) return [note('stock.held', `Reserved for you: ${titles}`)];
  return [note('stock.backordered', `On backorder, reserved as soon as it arrives: ${titles}`)];
}

function committed(draft: OrderDocument, event: EventOf<'stock.committed'>): Note[] {
  moveClaim(draft, event.sku, ['wanted', 'held'], 'committed');
  const waited = waitingLines(draft);
  awaitUnits(draft, event);
  return waited
    .filter((lineId) => !waitingLines(draft).includes(lineId))
    .map((lineId) => {
      const title = draft.lines.find((line) => line.id === lineId)?.title ?? 'one article';
      return note('stock.allocated', `Has arrived for you: ${title}`, lineId);
    });
}

/** Notes which lines wait for units; true when that is news. A claim that ended waits for nothing. */
function awaitUnits(draft: OrderDocument, event: EventOf<'stock.held' | 'stock.committed'>): boolean {
  const claim = draft.stock.find((candidate) => candidate.sku === event.sku);
  if (claim === undefined || (claim.state !== 'held' && claim.state !== 'committed')) return false;
  const news = JSON.stringify(claim.waiting ?? []) !== JSON.stringify(event.waiting ?? []);
  claim.waiting = event.waiting ?? [];
  claim.expectedAt = event.expectedAt ?? null;
  return news;
}

function returned(draft: OrderDocument, sku: string, lineIds: readonly string[] | null): void {
  const claim = draft.stock.find((candidate) => candidate.sku === sku);
  if (lineIds === null || claim === undefined) {
    moveClaim(draft, sku, ['wanted', 'held', 'committed', 'refused'], 'returned');
    return;
  }
  // A line that a change took out is no line of the claim any more.
  const own = lineIds.filter((lineId) => claim.lines.some((line) => line.lineId === lineId));
  claim.returnedLines = [...new Set([...claim.returnedLines, ...own])];
}

function moveClaim(
  draft: OrderDocument,
  sku: string,
  from: StockClaim['state'][],
  to: StockClaim['state'],
): boolean {
  const claim = draft.stock.find((candidate) => candidate.sku === sku);
  if (claim === undefined || !from.includes(claim.state)) return false;
  claim.state = to;
  return true;
}

type LineEvent = EventOf<
  'line.started' | 'line.provisioned' | 'line.failed' | 'line.activated' | 'line.deprovisioned' | 'line.stuck'
>;
const COULD_NOT = 'Could not be delivered';
const LINE_MOVES: Record<
  LineEvent['type'],
  { from: Line['state'][]; to: Line['state'] | null; words: string }
> = {
  'line.started': { from: ['provisioning'], to: 'provisioning', words: 'Being prepared' },
  'line.provisioned': {
    from: ['provisioning'],
    to: 'provisioned',
    words: 'Made, waiting for the payment to be settled',
  },
  'line.failed': { from: ['provisioning'], to: 'failed', words: COULD_NOT },
  'line.activated': { from: ['provisioned'], to: 'delivered', words: 'Ready' },
  'line.deprovisioned': { from: ['undoing'], to: 'undone', words: 'Taken back' },
  'line.stuck': {
    from: ['provisioning', 'provisioned', 'undoing', 'undone'],
    to: null,
    words: 'Needs a hand',
  },
};

function lineChanged(draft: OrderDocument, event: LineEvent): Note[] {
  const line = draft.lines.find((candidate) => candidate.id === event.lineId);
  if (line?.revoked === 'asked' && event.type === 'line.deprovisioned') {
    line.revoked = 'done';
    if (line.state !== 'undoing') return [note('line.revoked', `${line.title}: taken back`, line.id)];
  }
  const move = LINE_MOVES[event.type];
  if (line === undefined || !(move.from.includes(line.state) || isGoneBeforeUse(draft, line, event)))
    return [];
  if (event.type === 'line.stuck' && isMadeUnasked(line)) return [];
  // Nothing is the customer's before the money is: an activation nobody asked for yet is not believed.
  if (event.type === 'line.activated' && !line.released) return [];
  const detail = event.detail === '' ? move.words : event.detail;
  // What is told of is there: made late, or after a person had ended the order. It is to be taken back still.
  const state = move.to ?? (line.state === 'undone' ? 'undoing' : line.state);
  if (line.state === state && line.detail === detail) return [];
  line.state = state;
  if (state === 'delivered') line.deliveredAt ??= event.at;
  if (event.type === 'line.activated' && typeof event.code === 'string')
    line.told = { code: event.code, params: event.params ?? {} };
  if (event.type === 'line.failed') line.failure = failureOf(event.detail);
  line.detail = state === 'undone' ? (line.failure ?? detail) : detail;
  // An order that moves is not overdue.
  if (draft.state === 'delivering') draft.stageSince = event.at;
  return [note(event.type, `${line.title}: ${asClause(detail)}`.slice(0, 1000), line.id)];
}

/** What the order changes was taken back after the change was made, and before it counts. */
const isGoneBeforeUse = ({ changeOf = null }: OrderDocument, { state }: Line, { type }: LineEvent): boolean =>
  type === 'line.failed' && changeOf !== null && state === 'provisioned';

const failureOf = (cause: string): string =>
  cause === '' ? COULD_NOT : `${COULD_NOT}: ${asClause(cause)}`.slice(0, 1000);

const ofAttempt = (draft: OrderDocument, attempt: number | undefined): Ledger[] =>
  ledgersOf(draft).filter((ledger) => ledger.attempt === (attempt ?? 1));

/** A sentence as it reads after a colon: no capital unless the first word is an acronym, no full stop. */
const asClause = (sentence: string): string =>
  sentence.replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase()).replace(/\.$/, '');

const titlesOf = (draft: OrderDocument, sku: string): string =>
  [...new Set(draft.lines.filter((line) => line.sku === sku).map((line) => line.title))].join(', ');
