import type { Phase } from '../../../fraud/face.ts';
import { effectiveState, type OrderDocument } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import type { Intent } from '../intents.ts';
import { HOUR_MS } from '#shared/time/time.ts';
import { HOLD_GRACE_MS, holdUntil } from '../holds.ts';
import { intent, intentAs } from '../keys.ts';
import { isSuspected, isUnderWay } from './guards.ts';
import { fraudOf } from './record.ts';
import { isAnotherPayment, subjectOf } from './subject.ts';

/** Stock is held at least so long while a paid order is being assessed. */
const VETTING_HOLD_MS = 20 * 60_000;
/** Of an order that is older than the shop's settings for reviews. */
const OPERATOR_HOLD_MS = 72 * HOUR_MS;

export const screen = (draft: OrderDocument): Intent[] =>
  draft.exchangeOf === null ? [ask(draft, 'placing', 'placing')] : [];

/** Nothing was paid with: what was found at placing counts. */
export const vet = (draft: OrderDocument): Intent[] =>
  draft.total === 0 ? [] : [ask(draft, 'paid', subjectOf(draft))];

/** News of the payment is looked at wherever something can still be done about it. */
export function assessAnew(draft: OrderDocument): Intent[] {
  const state = effectiveState(draft);
  const subject = subjectOf(draft);
  const { asked, risk, askedRisk } = fraudOf(draft);
  if (draft.total === 0 || asked === subject) return [];
  if (state === 'vetting' || state === 'in_review') return [ask(draft, 'paid', subject)];
  if (!isUnderWay(draft)) return [];
  const isNews = JSON.stringify(risk) !== JSON.stringify(askedRisk);
  return isAnotherPayment(draft, asked) || (isNews && isAlarming(draft))
    ? [ask(draft, 'later', subject)]
    : [];
}

/** The provider says more than that a payment moved. */
function isAlarming(draft: OrderDocument): boolean {
  const { risk } = fraudOf(draft);
  return risk !== null && (risk.earlyWarning || risk.review === 'open' || risk.review === 'refused');
}

/** Operators are told at once: what was found waits for them alone. */
export function tellOfSuspicion(before: OrderDocument, draft: OrderDocument): Intent[] {
  const isNew = fraudOf(before).review?.since !== fraudOf(draft).review?.since;
  return isNew && isSuspected(draft) ? remindReviewers(draft) : [];
}

function ask(draft: OrderDocument, phase: Phase, subject: string): Intent {
  const record = fraudOf(draft);
  draft.fraud = { ...record, asked: subject, askedRisk: record.risk, round: record.round + 1 };
  const { round } = draft.fraud;
  return intent(draft, `fraud.assess:${round}`, 'fraud', { step: 'fraud.assess', phase, round });
}

/** A person is asked: from now on the time runs, and the stock is held for all of it. */
export function openReview(draft: OrderDocument, event: OrderEvent): Intent[] {
  const record = fraudOf(draft);
  const policy = (record.payment ?? record.placing)?.policy;
  if (policy === undefined) throw new Error('nothing was found that asks for a review');
  const { at } = event;
  const fresh = {
    since: at,
    until: at + policy.reviewMs,
    remindAt: at + policy.remindMs,
    reminded: false,
    decision: null,
  };
  draft.fraud = { ...record, review: record.review?.decision === null ? record.review : fresh };
  return holdUntil(draft, (draft.fraud.review ?? fresh).until + HOLD_GRACE_MS);
}

/** So that nothing lapses in silence while an assessment is repeated. */
export const holdWhileVetting = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  (draft.holdsUntil ?? 0) < event.at + VETTING_HOLD_MS / 2
    ? holdUntil(draft, event.at + VETTING_HOLD_MS)
    : [];

/** Nobody could look, so a person is asked: the stock waits as long as for any other decision. */
export function holdForOperator(draft: OrderDocument, event: OrderEvent): Intent[] {
  const { placing } = fraudOf(draft);
  return holdUntil(draft, event.at + (placing?.policy.reviewMs ?? OPERATOR_HOLD_MS) + HOLD_GRACE_MS);
}

export function remindReviewers(draft: OrderDocument): Intent[] {
  const since = fraudOf(draft).review?.since ?? 0;
  return [intentAs(`review.remind:${since}`, 'review', { step: 'review.remind' })];
}
