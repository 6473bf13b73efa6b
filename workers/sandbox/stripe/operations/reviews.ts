import type { Stripe } from 'stripe';
import { newReview } from '../documents/review.ts';
import { invalidRequest } from '../errors.ts';
import { FIRST_PAGE } from '../storage.ts';
import { chargeOf, need, type OperationContext } from './context.ts';

/** Reviews (https://docs.stripe.com/radar/reviews): the money is taken or held, a person decides. */

function openReviewOf(context: OperationContext, intentId: string): Stripe.Review | null {
  const reviews = context.store.list('review', { ...FIRST_PAGE, parent: intentId })?.data ?? [];
  return reviews.find(({ open }) => open) ?? null;
}

/** Opens a review of what a payment took or holds; one that is open already is left alone. */
export function openReview(
  context: OperationContext,
  intentId: string,
  openedReason: 'manual' | 'rule',
): Stripe.Review | null {
  const intent = context.store.get('payment_intent', intentId);
  const charge = intent === null ? null : chargeOf(context, intent);
  if (intent === null || charge?.paid !== true || openReviewOf(context, intentId) !== null) return null;
  const review = newReview(charge, openedReason, context.now);
  context.store.put(review, intentId);
  context.store.put({ ...charge, review: review.id });
  context.store.put({ ...intent, review: review.id });
  context.emit('review.opened', review);
  return review;
}

export function approveReview(context: OperationContext, id: string): Stripe.Review {
  const review = need(context, 'review', id);
  if (!review.open) throw invalidRequest(`Review ${id} is already closed.`, { param: 'review' });
  return close(context, review, 'approved');
}

/** Something else settled the question; a payment without an open review is left alone. */
export function closeReviewOf(
  context: OperationContext,
  intentId: string,
  reason: Stripe.Review.ClosedReason,
): void {
  const review = openReviewOf(context, intentId);
  if (review !== null) close(context, review, reason);
}

function close(
  context: OperationContext,
  review: Stripe.Review,
  reason: Stripe.Review.ClosedReason,
): Stripe.Review {
  const closed: Stripe.Review = { ...review, open: false, closed_reason: reason, reason };
  context.store.put(closed);
  context.emit('review.closed', closed);
  return closed;
}
