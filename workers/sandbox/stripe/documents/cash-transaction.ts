import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';

export interface CashMovement {
  customer: string;
  currency: string;
  /** Minor units; negative when the balance goes down. */
  amount: number;
  /** Of the balance, afterwards. */
  ending: number;
  because:
    | { type: 'funded'; reference: string | null }
    | { type: 'return_initiated' }
    | { type: 'return_canceled' }
    | { type: 'applied_to_payment' | 'unapplied_from_payment'; payment: string };
}

/** One line of what a customer transferred (https://docs.stripe.com/api/cash_balance_transactions/object). */
export function newCashTransaction(
  { customer, currency, amount, ending, because }: CashMovement,
  now: number,
): Stripe.CustomerCashBalanceTransaction {
  const line = {
    id: stripeId('ccsbtxn'),
    object: 'customer_cash_balance_transaction' as const,
    created: now,
    currency,
    customer,
    customer_account: null,
    ending_balance: ending,
    livemode: false,
    net_amount: amount,
    type: because.type,
  };
  if (because.type === 'return_initiated' || because.type === 'return_canceled') return line;
  if (because.type !== 'funded') return { ...line, [because.type]: { payment_intent: because.payment } };
  return {
    ...line,
    funded: {
      bank_transfer: {
        eu_bank_transfer: { bic: 'SANDDEFFXXX', iban_last4: '0000', sender_name: 'A customer' },
        reference: because.reference,
        type: 'eu_bank_transfer',
      },
    },
  };
}
