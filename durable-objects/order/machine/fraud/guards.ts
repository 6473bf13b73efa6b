import { isAtLeast, type Outcome } from '#shared/domain/fraud/outcome.ts';
import { effectiveState, type OrderDocument, type State } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import { fraudOf, SUSPICION } from './record.ts';
import { isAnotherPayment, subjectOf } from './subject.ts';

/** Goods of an order that was assessed, sent anew. */
const isExempt = ({ exchangeOf }: OrderDocument): boolean => exchangeOf !== null;

export const isScreened = (document: OrderDocument): boolean =>
  isExempt(document) || fraudOf(document).placing !== null;
export const isScreenedOut = (document: OrderDocument): boolean =>
  fraudOf(document).placing?.outcome === 'block';

/** The customer is to prove that the card is his. */
export const isChallenged = (document: OrderDocument): boolean =>
  isAtLeast(fraudOf(document).placing?.outcome ?? 'allow', 'challenge');

/** The worst that is known of an order as it is paid now; null: it was not assessed as it is now. */
function outcomeNow(document: OrderDocument): Outcome | null {
  const { payment, placing } = fraudOf(document);
  if (isExempt(document) && document.total === 0) return 'allow';
  if (document.total === 0) return placing?.outcome ?? 'allow';
  return payment?.of === subjectOf(document) ? payment.outcome : null;
}

/** A challenge that was not met before the payment cannot be made up for: then a person decides. */
export const isSuspicious = (document: OrderDocument, outcome: Outcome): boolean =>
  isAtLeast(outcome, 'review') ||
  (outcome === 'challenge' && document.total > 0 && fraudOf(document).risk?.authenticated !== true);

export const isBlocked = (document: OrderDocument): boolean => outcomeNow(document) === 'block';
export function isHeldForReview(document: OrderDocument): boolean {
  const outcome = outcomeNow(document);
  return outcome !== null && isSuspicious(document, outcome) && !isApproved(document);
}
export function isCleared(document: OrderDocument): boolean {
  const outcome = outcomeNow(document);
  return outcome !== null && (!isSuspicious(document, outcome) || isApproved(document));
}

const decisionOf = (document: OrderDocument) => fraudOf(document).review?.decision?.decision ?? null;
export const isApproved = (document: OrderDocument): boolean => decisionOf(document) === 'approve';
export const isRefused = (document: OrderDocument): boolean => decisionOf(document) === 'refuse';

/** Somebody has decided. */
export const isReviewed = (document: OrderDocument): boolean => decisionOf(document) !== null;

/** From taking the stock on: what is found here stops the order, or what it gave. */
const UNDER_WAY: ReadonlySet<State> = new Set<State>([
  'authorised',
  'provisioning',
  'delivering',
  'capturing',
  'activating',
  'completed',
]);
export const isUnderWay = (document: OrderDocument): boolean => UNDER_WAY.has(effectiveState(document));

/** Something was found about an order under way, and nobody has decided yet. */
export const isSuspected = (document: OrderDocument): boolean =>
  isUnderWay(document) && fraudOf(document).review?.decision === null;
/** It goes on with a payment that took the place of another one, and that nobody has looked at yet. */
export const isUnseen = (document: OrderDocument): boolean => {
  const { asked, payment } = fraudOf(document);
  return (
    isUnderWay(document) &&
    asked !== null &&
    !isAnotherPayment(document, asked) &&
    isAnotherPayment(document, payment?.of ?? null)
  );
};
/** Somebody is to approve or refuse it now. */
export const isDecisionAwaited = (document: OrderDocument): boolean =>
  document.state === 'in_review' || (document.state === 'needs_operator' && isSuspected(document));
/** A person was asked because of it, and now knows. */
export const isSuspicionCleared = (document: OrderDocument): boolean =>
  document.attention?.code === SUSPICION && isUnderWay(document) && isApproved(document);
export const isSuspicionConfirmed = (document: OrderDocument): boolean =>
  isUnderWay(document) && isRefused(document);

export const isReviewOver = (document: OrderDocument, event: OrderEvent): boolean => {
  const { review } = fraudOf(document);
  return review !== null && review.decision === null && event.at >= review.until;
};
