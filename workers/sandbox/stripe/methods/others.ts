import { account, APPROVED } from './make.ts';
import type { TestMethod } from './types.ts';

/** Methods that are neither card nor debit. Real ones have no test tokens; these are ours. */
export const OTHER_METHODS: readonly TestMethod[] = [
  account('link', 'pm_sandbox_link', null, 'Link: succeeds'),
  account('paypal', 'pm_sandbox_paypal', null, 'PayPal: succeeds', {
    outcome: { kind: 'challenge', ends: APPROVED },
  }),
  account('klarna', 'pm_sandbox_klarna', null, 'Klarna: succeeds', {
    outcome: { kind: 'challenge', ends: APPROVED },
  }),
  account('customer_balance', 'pm_sandbox_bankTransfer', null, 'Bank transfer: waits for the money', {
    outcome: { kind: 'transfer' },
    refunds: 'pending_first',
  }),
];
