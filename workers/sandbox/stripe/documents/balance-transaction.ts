import type { Stripe } from 'stripe';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { stripeId } from '../ids.ts';

/** When money that moved can be paid out. */
const AVAILABLE_AFTER_SECONDS = (2 * DAY_MS) / SECOND_MS;

export interface Movement {
  type: Stripe.BalanceTransaction.Type;
  reportingCategory: string;
  /** Minor units; negative when money leaves the account. `net` is this less the fee. */
  amount: number;
  fee: number;
  feeDescription: string;
  currency: string;
  description: string;
  /** Object that moved it. */
  source: string;
}

/** One line of the account's balance (https://docs.stripe.com/api/balance_transactions/object). */
export const newBalanceTransaction = (movement: Movement, now: number): Stripe.BalanceTransaction => ({
  id: stripeId('txn'),
  object: 'balance_transaction',
  amount: movement.amount,
  available_on: now + AVAILABLE_AFTER_SECONDS,
  balance_type: 'payments',
  created: now,
  currency: movement.currency,
  description: movement.description,
  exchange_rate: null,
  fee: movement.fee,
  fee_details:
    movement.fee === 0
      ? []
      : [
          {
            amount: movement.fee,
            application: null,
            currency: movement.currency,
            description: movement.feeDescription,
            type: 'stripe_fee',
          },
        ],
  net: movement.amount - movement.fee,
  reporting_category: movement.reportingCategory,
  source: movement.source,
  status: 'pending',
  type: movement.type,
});
