import type { Stripe } from 'stripe';
import { testMethodById } from './paying/method.ts';
import { chargeOf, type OperationContext } from './operations/context.ts';
import { warnOfFraud } from './operations/fraud-warnings.ts';
import { openDispute, type Complaint } from './operations/disputes.ts';

/** What a test card brings after its money was taken. */
export function bringAftermath(context: OperationContext, chargeId: string): void {
  const charge = context.store.get('charge', chargeId);
  if (charge === null) return;
  const { aftermath } = testMethodById(context, charge.payment_method ?? '');
  if (aftermath?.kind === 'fraud_warning') warnOfFraud(context, charge);
  if (aftermath?.kind !== 'dispute') return;
  // Each of several disputes takes its part of the charge.
  for (let left = aftermath.times; left > 0; left -= 1) {
    const amount = left === 1 ? null : Math.floor(charge.amount_captured / aftermath.times);
    openDispute(context, context.store.get('charge', chargeId) ?? charge, { ...aftermath, amount });
  }
}

const CHARGEBACK: Complaint = {
  reason: 'fraudulent',
  networkReasonCode: '10.4',
  case: 'chargeback',
  amount: null,
};

/** The customer of this payment complains at the bank. */
export function openComplaint(
  context: OperationContext,
  intentId: string,
  complaint: Partial<Complaint>,
): void {
  const charge = latestCharge(context, intentId);
  if (charge !== null) openDispute(context, charge, { ...CHARGEBACK, ...complaint });
}

/** The issuer suspects fraud in this payment. */
export function suspectFraud(context: OperationContext, intentId: string): void {
  const charge = latestCharge(context, intentId);
  if (charge?.paid === true) warnOfFraud(context, charge);
}

function latestCharge(context: OperationContext, intentId: string): Stripe.Charge | null {
  const intent = context.store.get('payment_intent', intentId);
  return intent === null ? null : chargeOf(context, intent);
}
