import { SMALLEST } from '#shared/domain/payment-methods.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { type Ledger, openAmount, type OrderDocument, type Refund } from './document.ts';
import { newLedger } from './new-document.ts';
import { awaitsCards } from './after-sale/sold-cards.ts';
import type { OrderEvent } from './events.ts';
import type { EffectStep, Intent } from './intents.ts';
import { grantRetry } from './holds.ts';
import { intent, intentAs } from './keys.ts';
import {
  capturePlansOf,
  cardsOf,
  excessOf,
  isClosed,
  isCollected,
  isFullOfRefunds,
  isRefusedForGood,
  isUndone,
  ledgersOf,
  neededOf,
  nextAttemptOf,
  providersOf,
  refundableOf,
  refusedCardOf,
  REFUSALS_MAX,
  restOf,
} from './money.ts';

const PAYMENT_NUDGE_MS = 5 * MINUTE_MS;
/** Before a step is asked for again that the provider refused; doubles with each refusal. */
const REFUSED_DELAY_MS = SECOND_MS;

export const createPayment = (draft: OrderDocument, event: OrderEvent): Intent[] => [
  ask(draft.payment, event, 'payment.create', { step: 'payment.create', attempt: draft.payment.attempt }),
];

export const closePayment = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  mayAsk(draft.payment)
    ? [ask(draft.payment, event, 'payment.close', { step: 'payment.close', attempt: draft.payment.attempt })]
    : [];

/** What is due and can be collected now. */
export const captureDue = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  capturePlansOf(draft).flatMap((plan) => {
    const ledger = ledgersOf(draft).find(({ attempt }) => attempt === plan.attempt);
    if (ledger === undefined || !mayAsk(ledger)) return [];
    const name = plan.final ? `payment.capture:${plan.upTo}` : `payment.capture:${plan.upTo}+`;
    ledger.firstCapture ??= keyOf(ledger, name);
    const first = ledger.firstCapture === keyOf(ledger, name);
    return [ask(ledger, event, name, { step: 'payment.capture', ...plan, first })];
  });

/** Money is set aside on one gift card after the other, each for what those before it leave. */
export function holdCards(draft: OrderDocument, event: OrderEvent): Intent[] {
  const card = cardsOf(draft).find(({ status }) => status === 'none');
  if (card === undefined || restOf(draft) === 0 || !mayAsk(card)) return [];
  const { attempt } = card;
  card.amount = restOf(draft);
  return [ask(card, event, 'payment.hold', { step: 'payment.hold', attempt })];
}

/** Says which of the codes it was. */
export function refuseCard(draft: OrderDocument): Intent[] {
  const refused = refusedCardOf(draft);
  if (refused !== null)
    draft.refusals = [{ pointer: `/giftCards/${refused.index}/code`, detail: refused.detail }];
  return [];
}

/** What the cards leave is asked for otherwise. */
export function askForRest(draft: OrderDocument): Intent[] {
  draft.payment.amount = restOf(draft);
  return [];
}

/** Nothing stays open of any payment: for an order that is being undone. */
export const voidPayments = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  ledgersOf(draft).flatMap((ledger) => voidPayment(ledger, event));

/** Nothing stays open of a payment that was replaced, nor on a gift card once everything is collected. */
export const voidFormer = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  [...draft.formerPayments, ...(isCollected(draft) ? cardsOf(draft) : [])].flatMap((ledger) =>
    voidPayment(ledger, event),
  );

/** A person has ended the order: no hold of a gift card lapses by itself. */
export const releaseCards = (draft: OrderDocument): Intent[] =>
  cardsOf(draft)
    .filter((card) => !isClosed(card) || openAmount(card) > 0)
    .map(({ attempt }) =>
      intent(draft, `payment.void:${attempt}:by_hand`, 'payment', { step: 'payment.void', attempt }),
    );

function voidPayment(ledger: Ledger, event: OrderEvent): Intent[] {
  // A payment under way cannot be voided: what becomes of it arrives as an event.
  if (isClosed(ledger) || ledger.status === 'processing' || !mayAsk(ledger)) return [];
  return [ask(ledger, event, 'payment.void', { step: 'payment.void', attempt: ledger.attempt })];
}

/** Whatever was collected beyond what the order keeps goes back; each refund is written down before it is asked for. */
export function refundExcess(draft: OrderDocument, event: OrderEvent): Intent[] {
  let excess = excessOf(draft);
  for (const ledger of ledgersOf(draft)) {
    const amount = Math.min(excess, refundableOf(draft, ledger));
    if (amount <= 0 || ledger.paymentId === null || isRefusedForGood(ledger)) continue;
    excess -= amount;
    if (isFullOfRefunds(draft)) {
      ledger.refusals = REFUSALS_MAX + 1;
      continue;
    }
    pushRefund(draft, newRefund(draft, ledger.paymentId, amount, event.at));
  }
  return askRefunds(draft, event);
}

/** One that takes the place of another that came back is no other refund: its customer was told. */
function pushRefund(draft: OrderDocument, refund: Refund): void {
  const former = draft.refunds.find(
    ({ cause, state, paymentId, amount, renewedAs }) =>
      cause !== 'granted' &&
      state === 'failed' &&
      renewedAs === null &&
      paymentId === refund.paymentId &&
      amount === refund.amount,
  );
  if (former !== undefined) former.renewedAs = refund.id;
  draft.refunds.push(refund);
}

function newRefund(draft: OrderDocument, paymentId: string, amount: number, at: number): Refund {
  const undone = isUndone(draft) && draft.keep === 'nothing';
  return {
    id: `${draft.id}:refund:${draft.refunds.length + 1}`,
    paymentId,
    amount,
    state: 'asked',
    cause: undone ? 'undone' : 'not_delivered',
    lineIds: [],
    by: { kind: 'system', id: null },
    why: draft.reason?.text ?? '',
    at,
    settledAt: null,
    parts: [],
    shipping: 0,
    returnId: null,
    renewedAs: null,
  };
}

/** Refunds that are written down and that the provider has not told of. */
export const askRefunds = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  draft.refunds.flatMap((refund) => {
    const ledger = ledgersOf(draft).find(({ paymentId }) => paymentId === refund.paymentId);
    if (refund.state !== 'asked' || awaitsCards(refund)) return [];
    if (ledger === undefined || !mayAsk(ledger)) return [];
    refund.asking = keyOf(ledger, `payment.refund:${refund.id}`);
    return [delayed(ledger, event, refund.asking, { step: 'payment.refund', refundId: refund.id })];
  });

/**
 * Another payment for what is still to be collected, because the hold for it lapses before long. Where gift cards leave less
 * than the provider takes it is for that: the cards pay less.
 */
export function askRenewal(draft: OrderDocument, event: OrderEvent): Intent[] {
  const amount = Math.max(neededOf(draft), SMALLEST[draft.currency]);
  const renewal = newLedger(nextAttemptOf(draft), amount);
  // Only a method that holds funds can take the place of a hold in time.
  renewal.captureMode = 'manual';
  draft.renewal = renewal;
  return [ask(renewal, event, 'payment.create', { step: 'payment.create', attempt: renewal.attempt })];
}

/** Another payment in place of one that holds the wrong amount; there is as long to pay it as after a failed one. */
export function replacePayment(draft: OrderDocument, { at }: OrderEvent): Intent[] {
  const attempt = nextAttemptOf(draft);
  draft.formerPayments.push(draft.payment);
  draft.payment = newLedger(attempt, restOf(draft));
  grantRetry(draft, at);
  return [];
}

/** The payment it was to replace is collected after all, or the order ends. */
export function dropRenewal(draft: OrderDocument): Intent[] {
  if (draft.renewal === null) return [];
  draft.formerPayments.push(draft.renewal);
  draft.renewal = null;
  return [];
}

export function fetchPayment(_: OrderDocument, event: OrderEvent): Intent[] {
  if (event.type !== 'payment.notified') return [];
  const { eventId, paymentId, thorough } = event;
  const look = thorough === undefined ? {} : { thorough };
  return [intentAs(`payment.fetch:${eventId}`, 'payment', { step: 'payment.fetch', paymentId, ...look })];
}

/** Asks what became of every payment at the provider that is not closed; the key carries the time slot, so that many nudges ask once. */
export const nudgePayments = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  providersOf(draft).flatMap(({ paymentId, attempt }) => {
    if (paymentId === null) return [];
    const slot = Math.floor(event.at / PAYMENT_NUDGE_MS);
    const key = attempt === 1 ? `payment.fetch:nudge:${slot}` : `payment.fetch:nudge:${attempt}:${slot}`;
    return [intentAs(key, 'payment', { step: 'payment.fetch', paymentId })];
  });

/** After the end: of payments whose money may still move, because a bank or a refund is at it. */
export const nudgeTouched = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  isPaymentTouched(draft) ? nudgePayments(draft, event) : [];

/** Money went back or was taken back, or something of it is open: it may move again without any doing of the order. */
export const isPaymentTouched = (document: OrderDocument): boolean =>
  providersOf(document).some(
    (ledger) =>
      ledger.paymentId !== null &&
      (ledger.refunded > 0 || (ledger.disputes ?? []).length > 0 || !isClosed(ledger)),
  ) || document.refunds.some(({ state }) => state === 'pending' || state === 'made');

const mayAsk = (ledger: Ledger): boolean => !isRefusedForGood(ledger);

/** The same step of the same payment has the same key until the payment changes or the provider refuses the step. */
function ask(ledger: Ledger, event: OrderEvent, step: string, effect: EffectStep): Intent {
  ledger.asking = keyOf(ledger, step);
  return delayed(ledger, event, ledger.asking, effect);
}

function delayed({ refusals }: Ledger, event: OrderEvent, key: string, effect: EffectStep): Intent {
  const asked = intentAs(key, 'payment', effect);
  return refusals === 0 ? asked : { ...asked, notBefore: event.at + REFUSED_DELAY_MS * 2 ** (refusals - 1) };
}

const keyOf = ({ attempt, round }: Ledger, step: string): string =>
  `${step}${attempt === 1 ? '' : `:${attempt}`}${round === 0 ? '' : `#${round}`}`;
