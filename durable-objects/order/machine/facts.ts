import { assertNever } from '#shared/domain/result.ts';
import { moneyText } from '#shared/money/money.ts';
import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { effectiveState, type Line, type OrderDocument, type StockClaim, waitingLines } from './document.ts';
import { stockObjectOf } from '../../stock/name.ts';
import type { EventOf, OrderEvent, PaymentFact } from './events.ts';

/** A step of the order in words the customer can read. */
export interface Note {
  type: string;
  text: string;
  lineId: string | null;
  /** Further facts for machines, in the API's own form. */
  data?: Record<string, unknown>;
  /** For staff alone. */
  internal?: boolean;
}

/** A method that settles in days (bank transfer) gets this long from placing, once the provider says it is under way. */
export const PROCESSING_WINDOW_MS = 14 * DAY_MS;
/** Time to try again when such a payment fails after the customer's own time; never more than that time was. */
export const RETRY_GRACE_MS = 5 * MINUTE_MS;

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
      moveClaim(draft, event.sku, ['wanted', 'held', 'committed', 'refused'], 'returned');
      return [];
    case 'payment.asked':
      draft.payment.asked = true;
      return [];
    case 'payment.refused':
    case 'payment.none':
      if (draft.payment.paymentId === null) draft.payment.asked = false;
      return [];
    case 'payment.open':
    case 'payment.processing':
    case 'payment.authorised':
    case 'payment.captured':
    case 'payment.voided':
      return paid(draft, event);
    case 'payment.step_refused':
      return stepRefused(draft, event);
    case 'line.started':
    case 'line.provisioned':
    case 'line.failed':
    case 'line.activated':
    case 'line.deprovisioned':
    case 'line.stuck':
      return lineChanged(draft, event);
    case 'operator.retried':
      draft.payment.refundAccepted = draft.payment.refunded;
      return [];
    case 'stock.allocated':
    case 'payment.notified':
    case 'payment.capture_refused':
    case 'window.ended':
    case 'stage.overdue':
    case 'order.nudged':
    case 'mails.gathered':
    case 'effect.parked':
    case 'cancel.requested':
      return [];
    default:
      return assertNever(event);
  }
}

function priced(draft: OrderDocument, event: EventOf<'order.priced'>): Note[] {
  if (draft.state !== 'pricing') return [];
  draft.lines = event.lines;
  draft.total = event.pricing.total;
  draft.pricing = event.pricing;
  draft.payment.amount = event.pricing.total;
  draft.delivery = event.delivery;
  draft.email = event.email;
  const claims = new Map<string, StockClaim>();
  for (const line of event.lines.filter((candidate) => candidate.stockTracked)) {
    const claim = claims.get(line.sku) ?? {
      sku: line.sku,
      object: stockObjectOf(line.sku, line.stockShards ?? 1, draft.id),
      state: 'wanted' as const,
      lines: [],
      returnedLines: [],
    };
    claim.lines.push({ lineId: line.id, quantity: line.quantity });
    claims.set(line.sku, claim);
  }
  draft.stock = [...claims.values()];
  return [
    note(
      'order.placed',
      `Order ${draft.number} placed: ${moneyText({ amount: draft.total, currency: draft.currency })}`,
    ),
  ];
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

type PaymentEvent = EventOf<
  'payment.open' | 'payment.processing' | 'payment.authorised' | 'payment.captured' | 'payment.voided'
>;

/** A later stage is never undone by an older snapshot; voided → authorised is believed: it must be voided again. */
const FOLLOWS: Record<OrderDocument['payment']['status'], readonly PaymentEvent['type'][]> = {
  none: ['payment.open', 'payment.processing', 'payment.authorised', 'payment.captured', 'payment.voided'],
  open: ['payment.open', 'payment.processing', 'payment.authorised', 'payment.captured', 'payment.voided'],
  processing: [
    'payment.open',
    'payment.processing',
    'payment.authorised',
    'payment.captured',
    'payment.voided',
  ],
  authorised: ['payment.authorised', 'payment.captured', 'payment.voided'],
  voided: ['payment.authorised', 'payment.captured', 'payment.voided'],
  captured: ['payment.captured'],
};

function paid(draft: OrderDocument, event: PaymentEvent): Note[] {
  const ledger = draft.payment;
  const { payment } = event;
  if (ledger.paymentId !== null && ledger.paymentId !== payment.paymentId) return [];
  if (!FOLLOWS[ledger.status].includes(event.type)) return [];
  ledger.asked = true;
  ledger.paymentId = payment.paymentId;
  ledger.clientSecret = payment.clientSecret;
  const before = ledger.status;
  const changed = <Text extends Note>(text: Text): Note[] => (before === ledger.status ? [] : [text]);
  switch (event.type) {
    case 'payment.open':
      if (before === 'processing') windowAgain(draft, event.at);
      return opened(draft, payment, before);
    case 'payment.processing': {
      ledger.status = 'processing';
      // A void cannot reach a payment under way: it is asked for again once that is known.
      if (ledger.returning === 'void') ledger.returning = 'none';
      draft.dueAt = Math.max(draft.dueAt, draft.createdAt + PROCESSING_WINDOW_MS);
      return changed(note('payment.processing', 'Your bank is processing the payment; this can take days'));
    }
    case 'payment.authorised': {
      const amount = payment.authorised > 0 ? payment.authorised : payment.amount;
      Object.assign(ledger, { status: 'authorised', authorised: amount, voided: 0, lastError: null });
      if (before === 'voided') ledger.returning = 'none';
      return changed(note('payment.authorised', `Payment approved: ${text(draft, amount)}`));
    }
    case 'payment.captured':
      return captured(draft, payment, before);
    case 'payment.voided': {
      ledger.status = 'voided';
      ledger.voided = ledger.authorised - ledger.captured;
      ledger.returning = 'none';
      return changed(
        ledger.authorised > 0
          ? note('payment.voided', `Payment released, nothing was charged: ${text(draft, ledger.voided)}`)
          : note('payment.voided', 'Payment closed, nothing was charged'),
      );
    }
  }
}

/**
 * The payment under way failed: the customer's own time to pay counts again. The time to try again is granted once, so
 * that failing over and over holds no stock.
 */
function windowAgain(draft: OrderDocument, at: number): void {
  const windowMs = draft.request.paymentWindowSeconds * 1000;
  const windowEnd = draft.createdAt + windowMs;
  const retryUntil = at + Math.min(RETRY_GRACE_MS, windowMs);
  if (retryUntil > windowEnd) draft.retryUntil ??= retryUntil;
  draft.dueAt = Math.max(windowEnd, draft.retryUntil ?? 0);
}

function opened(draft: OrderDocument, payment: PaymentFact, before: string): Note[] {
  const ledger = draft.payment;
  ledger.status = 'open';
  const notes = before === 'none' ? [note('payment.ready', 'Waiting for your payment')] : [];
  const failure = payment.lastError?.message ?? null;
  if (failure === ledger.lastError) return notes;
  ledger.lastError = failure;
  return failure === null ? notes : [...notes, note('payment.failed', `Payment attempt failed: ${failure}`)];
}

function stepRefused(draft: OrderDocument, event: EventOf<'payment.step_refused'>): Note[] {
  const ledger = draft.payment;
  if (ledger.asking !== event.key) return [];
  Object.assign(ledger, { asking: null, returning: 'none', refusals: ledger.refusals + 1 });
  draft.rounds += 1;
  return [];
}

function captured(draft: OrderDocument, payment: PaymentFact, before: string): Note[] {
  const ledger = draft.payment;
  ledger.status = 'captured';
  ledger.lastError = null;
  ledger.captured = Math.max(ledger.captured, payment.captured);
  ledger.authorised = Math.max(ledger.authorised, ledger.captured);
  ledger.voided = ledger.authorised - ledger.captured;
  const notes =
    before === 'captured'
      ? []
      : [note('payment.captured', `Payment collected: ${text(draft, ledger.captured)}`)];
  const refunded = Math.min(ledger.captured, Math.max(ledger.refunded, payment.refunded));
  if (refunded === ledger.refunded) return notes;
  ledger.refunded = refunded;
  if (refunded >= ledger.captured) ledger.returning = 'none';
  return [...notes, note('payment.refunded', `Refunded: ${text(draft, refunded)}`)];
}

type LineEvent = EventOf<
  'line.started' | 'line.provisioned' | 'line.failed' | 'line.activated' | 'line.deprovisioned' | 'line.stuck'
>;
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
  'line.failed': { from: ['provisioning'], to: 'failed', words: 'Could not be delivered' },
  'line.activated': { from: ['provisioned'], to: 'delivered', words: 'Ready' },
  'line.deprovisioned': { from: ['undoing'], to: 'undone', words: 'Taken back' },
  'line.stuck': { from: ['provisioning', 'provisioned', 'undoing'], to: null, words: 'Needs a hand' },
};

function lineChanged(draft: OrderDocument, event: LineEvent): Note[] {
  const line = draft.lines.find((candidate) => candidate.id === event.lineId);
  const move = LINE_MOVES[event.type];
  if (line === undefined || !move.from.includes(line.state)) return [];
  // Nothing is the customer's before the money is: an activation nobody asked for yet is not believed.
  if (event.type === 'line.activated' && effectiveState(draft) !== 'activating') return [];
  const detail = event.detail === '' ? move.words : event.detail;
  const state = move.to ?? line.state;
  if (line.state === state && line.detail === detail) return [];
  line.state = state;
  if (state === 'delivered') line.deliveredAt ??= event.at;
  line.detail = detail;
  return [note(event.type, `${line.title}: ${asClause(detail)}`.slice(0, 1000), line.id)];
}

/** A sentence as it reads after a colon: no capital unless the first word is an acronym, no full stop. */
const asClause = (sentence: string): string =>
  sentence.replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase()).replace(/\.$/, '');

const note = (type: string, text: string, lineId: string | null = null): Note => ({ type, text, lineId });
const text = (draft: OrderDocument, amount: number): string =>
  moneyText({ amount, currency: draft.currency });
const titlesOf = (draft: OrderDocument, sku: string): string =>
  [...new Set(draft.lines.filter((line) => line.sku === sku).map((line) => line.title))].join(', ');
