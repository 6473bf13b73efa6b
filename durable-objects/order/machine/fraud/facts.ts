import type { OrderDocument } from '../document.ts';
import type { EventOf } from '../events.ts';
import { isAtLeast } from '#shared/domain/fraud/outcome.ts';
import { type Note, note, staffNote } from '../notes.ts';
import type { PaymentEvent } from '../payment-facts.ts';
import { fraudOf, type FraudRecord, type ReviewDecision } from './record.ts';
import { holdLines, releaseLines } from '../suspension.ts';
import { isScreenedOut, isSuspicious, isUnderWay } from './guards.ts';
import { isAnotherPayment } from './subject.ts';
import { effectiveState } from '../document.ts';

/** Whatever is written about risk is written into a record of the draft's own. */
function recordOf(draft: OrderDocument): FraudRecord {
  draft.fraud ??= fraudOf(draft);
  return draft.fraud;
}

/** An answer to an older question is out of date. */
export function assessed(draft: OrderDocument, event: EventOf<'fraud.assessed'>): Note[] {
  const record = recordOf(draft);
  if (event.round !== record.round) return [];
  const { phase, at, assessed: found } = event;
  const assessment = { ...found, phase, at, of: record.asked ?? '' };
  const isFirstLook = isAnotherPayment(draft, record.payment?.of ?? null);
  if (phase === 'placing') record.placing = assessment;
  else record.payment = assessment;
  if (isScreenedOut(draft)) nothingWasTaken(draft);
  const isBad = isFirstLook ? isSuspicious(draft, found.outcome) : isAtLeast(found.outcome, 'review');
  if (phase === 'later' && isBad && isUnderWay(draft)) suspect(draft, record, event);
  if (found.outcome === 'allow' && found.hits.length === 0) return [];
  return [
    staffNote('fraud.assessed', `Assessed: ${found.outcome}, score ${found.score}`, null, {
      phase,
      outcome: found.outcome,
      score: found.score,
      hits: found.hits.map(({ ruleId, reason, finding }) => ({ ruleId, reason, finding })),
    }),
  ];
}

/** Nothing was asked of the stock or of a promotion: there is nothing to give back. */
function nothingWasTaken(draft: OrderDocument): void {
  if (draft.state !== 'screening') return;
  for (const claim of [...draft.stock, ...draft.promotions]) claim.state = 'returned';
}

/** What was handed over is out of reach for now, where the shop wants that; the table stops the rest. */
function suspect(
  draft: OrderDocument,
  record: FraudRecord,
  { assessed: found, at }: EventOf<'fraud.assessed'>,
): void {
  if (record.review?.decision === null) return;
  const { reviewMs, afterDelivery } = found.policy;
  record.review = { since: at, until: at + reviewMs, remindAt: at, reminded: true, decision: null };
  if (afterDelivery === 'suspend') holdLines(draft, 'fraud_suspected');
}

/** What the provider tells of the live payment beside its state. */
export function riskTold(draft: OrderDocument, { payment, at }: PaymentEvent): Note[] {
  if (payment.attempt !== draft.payment.attempt || draft.payment.paymentId !== payment.paymentId) return [];
  const record = recordOf(draft);
  const before = record.risk?.review;
  record.instrument = payment.instrument;
  record.risk = payment.risk;
  const told = payment.risk.review;
  if (told === before || (told !== 'approved' && told !== 'refused')) return [];
  return record.payment?.policy.providerReviewDecides === true
    ? decided(draft, record, {
        decision: told === 'approved' ? 'approve' : 'refuse',
        by: { kind: 'system', id: null },
        why: 'Decided in the payment service’s own review',
        at,
      })
    : [];
}

/** One decision counts: the first, while the order waits for it. */
export function reviewDecided(draft: OrderDocument, event: EventOf<'review.decided'>): Note[] {
  const { decision, by, text: why, at } = event;
  return decided(draft, recordOf(draft), { decision, by, why, at });
}

function decided(draft: OrderDocument, { review }: FraudRecord, made: ReviewDecision): Note[] {
  if (review === null || review.decision !== null) return [];
  const { decision, by, why } = made;
  review.decision = made;
  if (decision === 'approve') releaseLines(draft, 'fraud_suspected');
  return [
    note(
      'order.reviewed',
      decision === 'approve' ? 'We have checked your order' : 'We cannot accept this order',
    ),
    staffNote('review.decided', decision === 'approve' ? 'Approved' : 'Refused', by.id, { decision, why }),
  ];
}

export function reviewDue(draft: OrderDocument, event: EventOf<'review.due'>): Note[] {
  const review = recordOf(draft).review;
  if (review === null || effectiveState(draft) !== 'in_review' || event.at < review.remindAt) return [];
  review.reminded = true;
  return [];
}
