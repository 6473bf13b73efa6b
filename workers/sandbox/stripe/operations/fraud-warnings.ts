import type { Stripe } from 'stripe';
import { newFraudWarning } from '../documents/fraud-warning.ts';
import { FIRST_PAGE } from '../storage.ts';
import { idOf, type OperationContext } from './context.ts';

/** The issuer warns. Nothing can be done any more about a charge that went back or is disputed. */
export function warnOfFraud(context: OperationContext, charge: Stripe.Charge): void {
  const warning = newFraudWarning(charge, !charge.refunded && !charge.disputed, context.now);
  context.store.put(warning, idOf(charge.payment_intent));
  context.emit('radar.early_fraud_warning.created', warning);
}

/** The charge went back or was disputed: it is too late to act on a warning. */
export function warningsTooLate(context: OperationContext, intentId: string): void {
  const page = { ...FIRST_PAGE, parent: intentId };
  for (const warning of context.store.list('radar.early_fraud_warning', page)?.data ?? []) {
    if (!warning.actionable) continue;
    const late = { ...warning, actionable: false };
    context.store.put(late);
    context.emit('radar.early_fraud_warning.updated', late, { actionable: true });
  }
}
