import type { Stripe } from 'stripe';

/** What a customer has transferred changed; it names neither payment nor order. */
export const CASH_MOVED = 'customer_cash_balance_transaction.created';

/** Types after which an order should look at its payment; everything else is kept and left alone. */
export const SUBSCRIBED_TYPES: ReadonlySet<string> = new Set<Stripe.Event.Type>([
  'payment_intent.requires_action',
  'payment_intent.processing',
  'payment_intent.partially_funded',
  'payment_intent.payment_failed',
  'payment_intent.amount_capturable_updated',
  'payment_intent.succeeded',
  'payment_intent.canceled',
  CASH_MOVED,
  'charge.captured',
  'charge.expired',
  'charge.refunded',
  'charge.refund.updated',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'radar.early_fraud_warning.created',
  'radar.early_fraud_warning.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'review.opened',
  'review.closed',
]);

export const wakesOrder = (type: string): boolean => SUBSCRIBED_TYPES.has(type);
