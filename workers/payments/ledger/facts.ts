/**
 * What a provider has on record about one payment, in our words: the only thing the ledger is derived from. Amounts are
 * minor units, times epoch milliseconds. `currency` is the customer's; a balance transaction carries the settlement currency.
 */
export interface PaymentFacts {
  provider: string;
  paymentId: string;
  orderId: string | null;
  /** When the provider was asked: of two observations the younger one is right. */
  observedAt: number;
  /** When the payment was opened. */
  createdAt: number;
  /** ISO 4217, upper case. */
  currency: string;
  /** What the provider says was received of the payment in all. */
  received: number;
  charges: ChargeFact[];
  refunds: RefundFact[];
  disputes: DisputeFact[];
  /** Of a gift card by itself alone: what moved its money by no payment, from when on it can be spent. */
  cardMoves?: CardMoveFact[];
}

/** As whose payments those with gift cards are: their balance is what the shop owes for cards. */
export const GIFT_CARD_PROVIDER = 'gift_card';

/** `isSale`: the card was sold in an order, so that it came from its `sales`. */
export interface CardMoveFact {
  kind: 'card_issued' | 'card_adjusted' | 'card_voided' | 'card_reclaimed' | 'card_restored' | 'card_expired';
  isSale: boolean;
  transaction: BalanceTransaction;
}

/** One attempt that held or took money. A failed attempt is kept for the transactions it left in the balance. */
export interface ChargeFact {
  chargeId: string;
  at: number;
  /** Held or charged; 0 for an attempt that failed or is under way. */
  authorised: number;
  captured: number;
  /** Given back to the customer's limit without having been taken, by the provider's own account of it. */
  voided: number;
  /** Still held and open to capture. */
  open: number;
  transactions: BalanceTransaction[];
}

/** `failed`: the money came back; it counts as never made. */
export interface RefundFact {
  refundId: string;
  at: number;
  amount: number;
  state: 'pending' | 'succeeded' | 'failed';
  transactions: BalanceTransaction[];
}

/** `warning`: an inquiry, no money taken. */
export interface DisputeFact {
  disputeId: string;
  at: number;
  /** Usually the payment's. The card's, where the bank disputes in that: `amount` is in it. */
  currency: string;
  amount: number;
  state: 'warning' | 'open' | 'won' | 'lost';
  /** As the provider names it. */
  reason: string;
  /** Until when evidence can be handed in; null: none is awaited. */
  dueBy: number | null;
  transactions: BalanceTransaction[];
}

/** One movement of our balance at the provider, or of what is owed for gift cards, which is a balance below nothing. `net` = `amount` − `fee`; immutable once there. */
export interface BalanceTransaction {
  id: string;
  /** As the provider categorises it, e.g. `charge`, `refund`, `dispute`. */
  category: string;
  at: number;
  availableAt: number;
  /** Settlement currency, ISO 4217 upper case. */
  currency: string;
  /** Signed: what came in is positive. */
  amount: number;
  fee: number;
  net: number;
  /** Settlement amount for one unit of the customer's currency, decimal text as the provider told; null: no exchange. */
  exchangeRate: string | null;
}
