/**
 * The chart of accounts. Debits are positive, credits negative; every transaction sums to zero in each currency it
 * touches. Sources: double entry with immutable, keyed transactions; currency trading accounts after P. Selinger,
 * "Tutorial on multiple currency accounting" (`exchange`); what a balance transaction means after
 * https://docs.stripe.com/reports/reporting-categories.
 */
export const ACCOUNTS = {
  hold: 'Held on the customer’s account and open to capture. A memorandum: nobody owes anybody yet',
  hold_contra: 'The other side of `hold`',
  clearing: 'Agreed with the customer and not yet in our balance at the provider, or the other way round',
  sales: 'Taken from customers, tax included',
  refunds: 'Given back to customers',
  disputes: 'Withdrawn by a customer’s bank while a dispute is undecided',
  chargebacks: 'Lost in disputes',
  provider_balance: 'Our balance at the provider, after fees, before payouts',
  gift_cards: 'Owed to whoever has gift cards that can be spent',
  gift_card_adjustments: 'Put on gift cards by staff or taken off, cards issued by hand among them',
  gift_card_expiry: 'Left on gift cards whose term was over',
  fees: 'What the provider charges for payments and refunds',
  dispute_fees: 'What the provider charges for disputes',
  exchange: 'What passed from the customer’s currency to the settlement currency; one open position in each',
} as const;
export type Account = keyof typeof ACCOUNTS;

export interface Entry {
  account: Account;
  /** ISO 4217, upper case. */
  currency: string;
  /** Minor units; debit positive, credit negative, never zero. */
  amount: number;
}

/** What happened, one word per sort of transaction. */
export const TRANSACTION_KINDS = [
  'authorised',
  'captured',
  'voided',
  'exchanged',
  'charge_settled',
  'refund_made',
  'refund_failed',
  'refund_settled',
  'dispute_settled',
  'dispute_lost',
  'card_issued',
  'card_adjusted',
  'card_voided',
  'card_reclaimed',
  'card_restored',
  'card_expired',
] as const;
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];

export interface LedgerTransaction {
  /** The same fact always has the same key: it is booked once. */
  key: string;
  kind: TransactionKind;
  /** The provider's object it is about: a charge, refund or dispute. */
  source: string;
  /** When it happened, epoch milliseconds. */
  at: number;
  entries: Entry[];
}

/** Balance of each account and currency that was touched. */
export type Balances = Partial<Record<Account, Record<string, number>>>;

export function balancesOf(transactions: readonly LedgerTransaction[]): Balances {
  const balances: Balances = {};
  for (const { account, currency, amount } of transactions.flatMap(({ entries }) => entries)) {
    const ofAccount = (balances[account] ??= {});
    ofAccount[currency] = (ofAccount[currency] ?? 0) + amount;
  }
  return balances;
}

export const balanceOf = (balances: Balances, account: Account, currency: string): number =>
  balances[account]?.[currency] ?? 0;

/** Null when the entries sum to zero in each currency, else the first currency that does not. */
export function unbalancedCurrency(entries: readonly Entry[]): string | null {
  const sums = new Map<string, number>();
  for (const { currency, amount } of entries) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].find(([, sum]) => sum !== 0)?.[0] ?? null;
}
