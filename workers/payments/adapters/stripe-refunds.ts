import type { Stripe } from 'stripe';

const FAILED: ReadonlySet<string | null> = new Set(['failed', 'canceled']);

/**
 * Ended without reaching the customer's bank, and not back with us either: where nobody names an account for 45 days, money
 * that came by transfer goes to the customer's balance at the provider (https://docs.stripe.com/payments/customer-balance/refunding).
 * Money that does come back to us is told by the transaction that reverses the refund's own.
 */
export const isWithCustomer = (refund: Stripe.Refund): boolean =>
  FAILED.has(refund.status) &&
  refund.balance_transaction !== null &&
  (refund.failure_balance_transaction ?? null) === null;

/** `failed`: the money is back with us. Whatever became of what left us for good, it was refunded once. */
export function refundState(refund: Stripe.Refund): 'pending' | 'succeeded' | 'failed' {
  if (isWithCustomer(refund)) return 'succeeded';
  if (FAILED.has(refund.status)) return 'failed';
  return refund.status === 'succeeded' ? 'succeeded' : 'pending';
}
