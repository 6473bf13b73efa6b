import type { AccountVerification, KeptVerification } from '#shared/contracts/payments.ts';
import { moneyText } from '#shared/money/money.ts';
import { disputesTold } from './disputes.ts';
import { BANK_TRANSFER, settlingMs, verifyingMs } from '#shared/domain/payment-methods.ts';
import type { Ledger, OrderDocument, Refund } from './document.ts';
import type { EventOf, PaymentFact } from './events.ts';
import { grantRetry, windowEndOf } from './holds.ts';
import { type Note, note } from './notes.ts';
import { movedOutside } from './outside-moves.ts';
import { cardsOf, excessOf, isUndone, ledgersOf } from './money.ts';

export type PaymentEvent = EventOf<
  'payment.open' | 'payment.processing' | 'payment.authorised' | 'payment.captured' | 'payment.voided'
>;

/** A later stage is never undone by an older snapshot; voided → authorised is believed: it must be voided again. */
const FOLLOWS: Record<Ledger['status'], readonly PaymentEvent['type'][]> = {
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
  captured: ['payment.captured', 'payment.voided'],
};

/** What the provider says of one payment of the order; of none that is not the order's own. */
export function paid(draft: OrderDocument, event: PaymentEvent): Note[] {
  const { payment } = event;
  const ledger = ledgersOf(draft).find(({ attempt }) => attempt === payment.attempt);
  if (ledger === undefined || (ledger.paymentId !== null && ledger.paymentId !== payment.paymentId))
    return [];
  if (!FOLLOWS[ledger.status].includes(event.type) || payment.captured < ledger.captured) return [];
  const { status: before, verification: asked = null } = ledger;
  const wait = waitFor(ledger);
  Object.assign(ledger, {
    asked: true,
    paymentId: payment.paymentId,
    clientSecret: payment.clientSecret,
    method: payment.method,
    instructions: payment.instructions,
    verification: verificationTold(asked, payment, event.at),
  });
  const notes = [
    ...statusTold(draft, ledger, event, wait),
    ...refundsTold(draft, ledger, payment, event.at),
    ...disputesTold(draft, ledger, payment.disputes, event.at),
  ];
  // What was asked of the payment as it was may be asked anew.
  if (ledger.status !== before || waitFor(ledger) !== wait)
    Object.assign(ledger, { round: ledger.round + 1, refusals: 0 });
  if (ledger === draft.renewal) renewed(draft, ledger);
  return notesOf(draft, ledger, notes);
}

/** What happened to a gift card says to which. */
function notesOf(draft: OrderDocument, ledger: Ledger, notes: Note[]): Note[] {
  const card = cardsOf(draft).find(({ attempt }) => attempt === ledger.attempt);
  return card === undefined
    ? notes
    : notes.map((told) => ({ ...told, text: `Gift card ending in ${card.ending}: ${told.text}` }));
}

/** What days are given for, beside a payment under way: each is another wait. */
const waitFor = ({ awaitsTransfer = false, verification = null }: Ledger): string =>
  verification === null ? `${awaitsTransfer}` : `since ${verification.since}`;

/**
 * Of the same account, whose deposits arrive by the same time: the provider may show the page of the same verification under
 * another address. What was kept by an older release does not say of which account.
 */
export const isSameVerification = (
  known: KeptVerification | null | undefined,
  told: AccountVerification,
): boolean =>
  known?.arrivesAt === told.arrivesAt &&
  (known.account === undefined || known.account === null || known.account === told.account);

function verificationTold(
  known: Ledger['verification'],
  { verification: told }: PaymentFact,
  at: number,
): Ledger['verification'] {
  if (told === null) return null;
  return { ...told, since: known && isSameVerification(known, told) ? known.since : at };
}

function statusTold(draft: OrderDocument, ledger: Ledger, event: PaymentEvent, wait: string): Note[] {
  const { payment } = event;
  const before = ledger.status;
  const changed = (told: Note): Note[] => (before === ledger.status ? [] : [told]);
  switch (event.type) {
    case 'payment.open':
      if (ledger === draft.payment) windowOf(draft, event, before, wait);
      return [...opened(ledger, payment, before), ...verificationNotes(ledger, wait)];
    case 'payment.processing':
      ledger.status = 'processing';
      if (wait.startsWith('since')) ledger.verifiedAt = event.at;
      // From placing, or from when the account was verified: a method that settles in days gets as long as it may take.
      draft.dueAt = Math.max(
        draft.dueAt,
        (ledger.verifiedAt ?? draft.createdAt) + settlingMs(payment.method),
      );
      return changed(note('payment.processing', 'Your bank is processing the payment; this can take days'));
    case 'payment.authorised':
      return authorised(draft, ledger, event);
    case 'payment.captured':
    case 'payment.voided':
      return ended(draft, ledger, payment);
  }
}

function authorised(draft: OrderDocument, ledger: Ledger, { payment, at }: PaymentEvent): Note[] {
  const before = ledger.status;
  const amount = Math.max(ledger.authorised, payment.authorised > 0 ? payment.authorised : payment.amount);
  const notes = [
    ...(before === 'authorised'
      ? []
      : [note('payment.authorised', `Payment approved: ${text(draft, amount)}`)]),
    ...collected(draft, ledger, payment),
  ];
  Object.assign(ledger, {
    status: 'authorised',
    authorised: amount,
    voided: 0,
    lastError: null,
    authorisedAt: ledger.authorisedAt ?? at,
    captureBefore: payment.captureBefore,
    multicapture: payment.multicapture,
  });
  return notes;
}

/** Nothing of it is open any more: what was not captured went back to the customer. */
function ended(draft: OrderDocument, ledger: Ledger, payment: PaymentFact): Note[] {
  const before = ledger.status;
  const notes = collected(draft, ledger, payment);
  ledger.authorised = Math.max(ledger.authorised, ledger.captured);
  ledger.voided = ledger.authorised - ledger.captured;
  ledger.status = ledger.captured > 0 ? 'captured' : 'voided';
  if (ledger.status === 'captured') ledger.lastError = null;
  if (ledger.status === before || ledger.captured > 0) return notes;
  return ledger.authorised > 0
    ? [note('payment.voided', `Payment released, nothing was charged: ${text(draft, ledger.voided)}`)]
    : [note('payment.voided', 'Payment closed, nothing was charged')];
}

function collected(draft: OrderDocument, ledger: Ledger, payment: PaymentFact): Note[] {
  const more = payment.captured - ledger.captured;
  if (more <= 0) return [];
  ledger.captured = payment.captured;
  return [note('payment.captured', `Payment collected: ${text(draft, more)}`)];
}

/**
 * As long as a transfer is waited for, or an account to be verified, there is time for it; with any other way to pay the
 * customer's own time counts. To verify there are the method's days after the customer's own time, however many accounts he
 * tries: failing over and over holds no stock.
 */
function windowOf(
  draft: OrderDocument,
  { payment, at }: PaymentEvent,
  before: Ledger['status'],
  wait: string,
): void {
  const { verification = null } = draft.payment;
  draft.payment.awaitsTransfer = payment.instructions !== null;
  if (draft.payment.awaitsTransfer) {
    draft.dueAt = Math.max(draft.dueAt, draft.createdAt + settlingMs(BANK_TRANSFER));
  } else if (verification !== null) {
    draft.dueAt = Math.max(
      draft.dueAt,
      Math.min(verification.since, windowEndOf(draft)) + verifyingMs(payment.method),
    );
  } else if (before === 'processing' || wait !== 'false') grantRetry(draft, at);
}

const verificationNotes = (ledger: Ledger, wait: string): Note[] =>
  (ledger.verification ?? null) === null || waitFor(ledger) === wait
    ? []
    : [
        note(
          'payment.verification',
          'Small deposits are on their way to your bank account: verify it with them, so that it can be debited',
        ),
      ];

function opened(ledger: Ledger, payment: PaymentFact, before: string): Note[] {
  ledger.status = 'open';
  const notes = before === 'none' ? [note('payment.ready', 'Waiting for your payment')] : [];
  const failure = payment.lastError?.message ?? null;
  if (failure === ledger.lastError) return notes;
  ledger.lastError = failure;
  if (payment.lastError?.advice === undefined) delete ledger.advice;
  else ledger.advice = payment.lastError.advice;
  return failure === null ? notes : [...notes, note('payment.failed', `Payment attempt failed: ${failure}`)];
}

const TOLD: Record<PaymentFact['refunds'][number]['state'], Refund['state']> = {
  pending: 'pending',
  succeeded: 'made',
  failed: 'failed',
};

/** Which of the order's refunds the provider knows, and what was given back past the order. */
function refundsTold(draft: OrderDocument, ledger: Ledger, payment: PaymentFact, at: number): Note[] {
  const own = draft.refunds.filter((refund) => refund.paymentId === payment.paymentId);
  const told = new Map(payment.refunds.map((refund) => [refund.reference, refund.state]));
  // A snapshot that does not know what another one told is the older one.
  if (own.some((refund) => isTold(refund) && !told.has(refund.id))) return [];
  if (isOlderListing(ledger, payment)) return [];
  const notes = own.flatMap((refund) => refundTold(draft, ledger, refund, told.get(refund.id), at));
  const made = own
    .filter((refund) => refund.state === 'pending' || refund.state === 'made')
    .reduce((sum, refund) => sum + refund.amount, 0);
  ledger.refunded = Math.min(ledger.captured, payment.refunded);
  const outside = Math.max(0, ledger.refunded - made);
  if (outside > ledger.refundedOutside) {
    notes.push({
      ...note('payment.refunded', `Refunded: ${text(draft, outside - ledger.refundedOutside)}`),
      data: { by: 'provider' },
    });
  }
  if (outside < ledger.refundedOutside) {
    const back = text(draft, ledger.refundedOutside - outside);
    notes.push(note('payment.refund_failed', `A refund of ${back} came back`));
  }
  const isEmpty = ledger.refunded >= ledger.captured;
  if (outside > ledger.refundedOutside) ledger.emptiedOutside = isEmpty;
  else if (!isEmpty && ledger.emptiedOutside === true) ledger.emptiedOutside = false;
  const moved = outside - ledger.refundedOutside;
  movedOutside(ledger, { kind: 'refund_outside', reference: '', at, amount: moved });
  ledger.refundedOutside = outside;
  return notes;
}

/**
 * Whether the provider's list of refunds was read before the one known; else notes its sums. What is listed stays listed and
 * what failed stays failed, so less refunded is news only when more of it failed, or when nothing is missing.
 */
function isOlderListing(ledger: Ledger, { refunds, refunded }: PaymentFact): boolean {
  const { refundsListed = 0, refundsFailed = 0 } = ledger;
  const listed = sumOf(refunds);
  const failed = sumOf(refunds.filter(({ state }) => state === 'failed'));
  if (failed < refundsFailed) return true;
  if (failed === refundsFailed && listed < refundsListed && refunded < ledger.refunded) return true;
  if (listed > 0) Object.assign(ledger, { refundsListed: listed, refundsFailed: failed });
  return false;
}

const sumOf = (refunds: PaymentFact['refunds']): number =>
  refunds.reduce((sum, { amount }) => sum + amount, 0);

/** The provider has told of it; one that it refused, that a person settled or that was given up, it may never have known. */
const isTold = ({ state, settledAt, cards }: Refund): boolean =>
  state === 'pending' ||
  state === 'made' ||
  (state === 'failed' && settledAt !== null && cards?.state !== 'spent');

function refundTold(
  draft: OrderDocument,
  ledger: Ledger,
  refund: Refund,
  state: PaymentFact['refunds'][number]['state'] | undefined,
  at: number,
): Note[] {
  const before = refund.state;
  if (state === undefined || TOLD[state] === before) return [];
  if (before === 'failed' || before === 'settled_by_hand') return [];
  if (before === 'made' && state === 'pending') return [];
  refund.state = TOLD[state];
  if (state !== 'pending') refund.settledAt = at;
  if (state === 'failed') {
    if (refund.cause !== 'granted') ledger.refusals += 1;
    return [note('payment.refund_failed', `The refund of ${text(draft, refund.amount)} came back`)];
  }
  return before === 'asked' ? [note('payment.refunded', `Refunded: ${text(draft, refund.amount)}`)] : [];
}

/** Approved in time: the order goes on with it, and the payment it replaces is closed. */
function renewed(draft: OrderDocument, renewal: Ledger): void {
  const approved = renewal.status === 'authorised' || renewal.status === 'captured';
  if (!approved || renewal.authorised < renewal.amount || isUndone(draft)) return;
  draft.formerPayments.push(draft.payment);
  draft.payment = renewal;
  draft.renewal = null;
}

export function stepRefused(draft: OrderDocument, event: EventOf<'payment.step_refused'>): Note[] {
  const refund = draft.refunds.find(({ id, state }) => id === event.refundId && state === 'asked');
  const ledger = ledgersOf(draft).find(({ asking, paymentId }) =>
    refund === undefined
      ? asking === event.key
      : paymentId === refund.paymentId && refund.asking === event.key,
  );
  if (ledger === undefined) return [];
  if (refund === undefined) ledger.asking = null;
  else delete refund.asking;
  ledger.round += 1;
  // Somebody else gave the money back meanwhile: it is not owed any more.
  if (refund !== undefined && excessOf(draft) < 0) refund.state = 'failed';
  else ledger.refusals += 1;
  return [];
}

const text = (draft: OrderDocument, amount: number): string =>
  moneyText({ amount, currency: draft.currency });
