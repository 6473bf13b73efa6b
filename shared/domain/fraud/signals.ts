import type { Currency } from '#shared/money/money.ts';

/** Whose orders are counted. */
export const SUBJECTS = ['account', 'client_address', 'delivery_address', 'card'] as const;
export type SubjectKind = (typeof SUBJECTS)[number];

/** How many orders of one subject there were in a window that ends with this order, this one included. */
export interface Count {
  subject: SubjectKind;
  /** Name of the object that counts it: another one is another card or address. */
  object: string;
  windowSeconds: number;
  orders: number;
}

type Check = 'pass' | 'fail' | 'unchecked';
/** What the payment service thinks of a payment. */
export interface ProviderRisk {
  level: 'normal' | 'elevated' | 'highest' | 'unknown';
  /** 0 to 100; null where the provider has no scores. */
  score: number | null;
  review: 'none' | 'open' | 'approved' | 'refused';
  earlyWarning: boolean;
  /** The customer proved to be the holder (3-D Secure). */
  authenticated: boolean;
  postalCodeCheck: Check;
  cvcCheck: Check;
}

/** What is known of an order when it is assessed. Null: not known (yet), and then no rule counts it. */
export interface Signals {
  /** Minor units. */
  amount: { amount: number; currency: Currency };
  /** How long the account had been there when the order was placed, milliseconds. */
  accountAgeMs: number | null;
  /** The domain of the customer's address is one of throw-away mailboxes. */
  disposableEmail: boolean | null;
  /** ISO 3166-1 alpha-2. `client`: where the customer was when he ordered. */
  countries: { card: string | null; shipping: string | null; client: string | null };
  counts: readonly Count[];
  /** What the payment service thinks; null before there is a payment. */
  risk: ProviderRisk | null;
}

export const NO_SIGNALS: Omit<Signals, 'amount'> = {
  accountAgeMs: null,
  disposableEmail: null,
  countries: { card: null, shipping: null, client: null },
  counts: [],
  risk: null,
};
