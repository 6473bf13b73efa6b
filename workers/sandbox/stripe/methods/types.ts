/** What a test payment method is and what happens when one pays with it. */

export type Decline = {
  kind: 'declined';
  code: string;
  declineCode: string | null;
  message: string;
  /** By whom: the customer's bank, or the risk evaluation before the bank was asked. */
  by: 'issuer' | 'radar';
};
export type Ending = { kind: 'approved' } | Decline;
export type Outcome =
  | Ending
  /** The customer must pass a challenge first; `ends` is what the bank says afterwards. */
  | { kind: 'challenge'; ends: Ending }
  /** Settles later; never by itself when `afterMs` is null. */
  | { kind: 'delayed'; ends: Ending; afterMs: number | null }
  /** The customer transfers the money himself, from a balance or by a bank transfer with instructions. */
  | { kind: 'transfer' };

/** `at_once` also when it fails later: a refund that fails looks good at first. */
export type RefundOutcome = 'at_once' | 'pending_first' | 'fails_later';

/** What follows the capture without anyone asking for it. */
export type Aftermath =
  | {
      kind: 'dispute';
      reason: string;
      networkReasonCode: string;
      case: 'chargeback' | 'inquiry';
      times: number;
    }
  | { kind: 'fraud_warning' };

/** How a saved method behaves when the customer is not there. */
export type OffSession =
  | 'as_present'
  /** Approved once it was set up for it. */
  | 'approved_when_saved'
  /** Approved without any set-up. */
  | 'approved'
  /** Declined: the bank wants the customer. */
  | 'authentication_required';

/** `supported`: only where the shop asks for it. `not_enrolled`: asked for, it is acknowledged without a challenge. */
export type ThreeDSecure = 'required' | 'supported' | 'not_enrolled' | 'unsupported';
export type Check = 'pass' | 'fail' | 'unavailable' | null;

export type MethodType =
  | 'card'
  | 'link'
  | 'paypal'
  | 'klarna'
  | 'sepa_debit'
  | 'us_bank_account'
  | 'customer_balance';
export type WalletType = 'apple_pay' | 'google_pay' | 'link';

export interface TestMethod {
  /** Token a client may confirm with. */
  token: string;
  aliases: readonly string[];
  type: MethodType;
  /** Card number, IBAN or account number to type; null when there is none. */
  number: string | null;
  brand: string;
  funding: 'credit' | 'debit' | 'prepaid';
  /** ISO 3166-1 alpha-2, of the issuer. */
  country: string;
  wallet: WalletType | null;
  title: string;
  outcome: Outcome;
  refunds: RefundOutcome;
  aftermath: Aftermath | null;
  /** Small deposits to verify the account come back. */
  depositsFail: boolean;
  threeDSecure: ThreeDSecure;
  offSession: OffSession;
  /** Refused when it is saved with a customer. */
  attachable: boolean;
  risk: { level: 'normal' | 'elevated' | 'highest'; score: number };
  checks: { cvc: Check; postalCode: Check; line1: Check };
}
