import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';

export interface RefundInput {
  status: 'pending' | 'succeeded';
  amount: number;
  reason: Stripe.Refund.Reason | null;
  metadata: Record<string, string>;
}

export const newRefund = (charge: Stripe.Charge, input: RefundInput, now: number): Stripe.Refund => ({
  // Debits and transfers are payments, not charges, and so are their refunds.
  id: stripeId(charge.id.startsWith('py_') ? 'pyr' : 're'),
  object: 'refund',
  amount: input.amount,
  balance_transaction: null,
  charge: charge.id,
  created: now,
  currency: charge.currency,
  customer: charge.customer,
  customer_account: null,
  destination_details:
    charge.payment_method_details?.type === 'card'
      ? {
          type: 'card',
          card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
        }
      : { type: charge.payment_method_details?.type ?? 'card' },
  metadata: input.metadata,
  payment_intent: charge.payment_intent,
  payment_method: charge.payment_method,
  ...(input.status === 'pending' ? { pending_reason: 'processing' as const } : {}),
  reason: input.reason,
  receipt_number: null,
  source_transfer_reversal: null,
  status: input.status,
  transfer_reversal: null,
});

/** Of what a customer transferred and no payment took: it is of no charge (https://docs.stripe.com/payments/customer-balance/refunding). */
export const newCashRefund = (
  { customer, currency, amount, metadata }: CashRefundInput,
  now: number,
): Stripe.Refund => ({
  id: stripeId('pyr'),
  object: 'refund',
  amount,
  balance_transaction: null,
  charge: null,
  created: now,
  currency,
  customer,
  customer_account: null,
  destination_details: { type: 'eu_bank_transfer' },
  metadata,
  payment_intent: null,
  payment_method: null,
  pending_reason: 'processing',
  reason: null,
  receipt_number: null,
  source_transfer_reversal: null,
  status: 'pending',
  transfer_reversal: null,
});

export interface CashRefundInput {
  customer: string;
  currency: string;
  amount: number;
  metadata: Record<string, string>;
}
