import {
  AMOUNT_MAX_MINOR_UNITS,
  type Currency,
  CURRENCY_DECIMALS,
  type Money,
  moneyText,
} from '#shared/money/money.ts';
import { DAY_MS } from '#shared/time/time.ts';

/** Smallest and largest amount, minor units. */
export type AmountLimits = { min: number; max: number };

/** What a payment method can do, as its provider documents it. Calendar days. */
export interface PaymentMethodRow {
  /** As the provider names it. */
  method: string;
  title: string;
  /** `manual`: funds can be held until they are captured; `automatic`: charged as soon as the customer agrees. */
  capture: 'manual' | 'automatic';
  /** `if_available`: some cards take several captures of one hold; a payment tells whether it does. */
  multicapture: 'if_available' | 'never';
  /** How long a hold lasts where the payment itself does not tell; null: nothing is held. */
  holdDays: number | null;
  settles: 'at_once' | 'days';
  /** The longest time until it is known whether the money comes; 0 for `at_once`. */
  settleDaysMax: number;
  /** The longest time the customer has to prove that an account he typed is his, before anything settles; 0: it is not asked. */
  verifyDaysMax: number;
  limits: Partial<Record<Currency, AmountLimits>>;
  /** Can be kept and charged later without the customer. */
  savable: boolean;
  /** Wallets that pay with it. */
  wallets: readonly string[];
  source: string;
}

/**
 * Smallest amount of any payment, and of what is taken from a hold at once
 * (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
 */
export const SMALLEST: Record<Currency, number> = {
  EUR: 50,
  USD: 50,
  GBP: 30,
  CHF: 50,
  SEK: 300,
  NOK: 300,
  DKK: 250,
  PLN: 200,
  CAD: 50,
  AUD: 50,
  JPY: 50,
};
const CURRENCIES = Object.keys(CURRENCY_DECIMALS) as Currency[];

/** These currencies, from the smallest amount to the largest, unless the method's own bounds are narrower. */
const within = (
  currencies: readonly Currency[],
  own: Partial<Record<Currency, Partial<AmountLimits>>> = {},
): PaymentMethodRow['limits'] =>
  Object.fromEntries(
    currencies.map((currency) => [
      currency,
      { min: SMALLEST[currency], max: AMOUNT_MAX_MINOR_UNITS, ...own[currency] },
    ]),
  );

const HELD = {
  capture: 'manual',
  multicapture: 'never',
  settles: 'at_once',
  settleDaysMax: 0,
  verifyDaysMax: 0,
} as const;
const CHARGED = { capture: 'automatic', multicapture: 'never', holdDays: null, verifyDaysMax: 0 } as const;
const AT_ONCE = { ...CHARGED, settles: 'at_once', settleDaysMax: 0, savable: false, wallets: [] } as const;
const DOCS = 'https://docs.stripe.com/payments';
/** Hold times of all methods: the tables of this page. */
const HOLDS = `${DOCS}/place-a-hold-on-a-payment-method`;

/** The customer sends the money himself, to an account that is told him. */
export const BANK_TRANSFER = 'customer_balance';

/**
 * Every method that is offered. What is asked of the provider, how long stock and funds are held and what a shop page shows
 * follow from this table: a method that is not in it is taken as one that is charged at once.
 */
export const PAYMENT_METHODS: readonly PaymentMethodRow[] = [
  {
    method: 'card',
    title: 'Card',
    ...HELD,
    multicapture: 'if_available',
    holdDays: 7,
    limits: within(CURRENCIES),
    savable: true,
    wallets: ['apple_pay', 'google_pay'],
    source: HOLDS,
  },
  {
    method: 'link',
    title: 'Link',
    ...HELD,
    holdDays: 7,
    limits: within(CURRENCIES),
    savable: true,
    wallets: [],
    source: `${DOCS}/link`,
  },
  {
    method: 'paypal',
    title: 'PayPal',
    ...HELD,
    holdDays: 10,
    limits: within(['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CAD', 'AUD']),
    savable: false,
    wallets: [],
    source: `${DOCS}/paypal`,
  },
  {
    method: 'klarna',
    title: 'Klarna',
    ...HELD,
    holdDays: 28,
    limits: within(['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CAD', 'AUD']),
    savable: false,
    wallets: [],
    source: `${DOCS}/klarna`,
  },
  {
    method: 'affirm',
    title: 'Affirm',
    ...HELD,
    holdDays: 30,
    limits: within(['USD', 'CAD'], {
      USD: { min: 5_000, max: 3_000_000 },
      CAD: { min: 5_000, max: 3_000_000 },
    }),
    savable: false,
    wallets: [],
    source: `${DOCS}/affirm`,
  },
  {
    method: 'afterpay_clearpay',
    title: 'Afterpay / Clearpay',
    ...HELD,
    holdDays: 13,
    limits: within(['USD', 'CAD', 'GBP', 'AUD'], {
      USD: { min: 100, max: 400_000 },
      CAD: { min: 100, max: 200_000 },
      GBP: { min: 100, max: 120_000 },
      AUD: { min: 100, max: 200_000 },
    }),
    savable: false,
    wallets: [],
    source: `${DOCS}/afterpay-clearpay`,
  },
  {
    method: 'amazon_pay',
    title: 'Amazon Pay',
    ...HELD,
    holdDays: 7,
    limits: within(['USD', 'EUR', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'AUD', 'JPY']),
    savable: false,
    wallets: [],
    source: `${DOCS}/amazon-pay`,
  },
  {
    method: 'cashapp',
    title: 'Cash App Pay',
    ...HELD,
    holdDays: 7,
    limits: within(['USD']),
    savable: false,
    wallets: [],
    source: `${DOCS}/cash-app-pay`,
  },
  {
    method: 'revolut_pay',
    title: 'Revolut Pay',
    ...HELD,
    holdDays: 7,
    limits: within(['EUR', 'GBP']),
    savable: false,
    wallets: [],
    source: `${DOCS}/revolut-pay`,
  },
  {
    method: 'sepa_debit',
    title: 'SEPA Direct Debit',
    ...CHARGED,
    settles: 'days',
    // 14 business days.
    settleDaysMax: 20,
    limits: within(['EUR'], { EUR: { max: 1_000_000 } }),
    savable: true,
    wallets: [],
    source: `${DOCS}/sepa-debit`,
  },
  {
    method: 'us_bank_account',
    title: 'ACH Direct Debit',
    ...CHARGED,
    settles: 'days',
    // 4 business days, and weekends and holidays between them.
    settleDaysMax: 8,
    // An account whose number was typed is verified with small deposits (…/ach-direct-debit/accept-a-payment).
    verifyDaysMax: 10,
    limits: within(['USD']),
    savable: true,
    wallets: [],
    source: `${DOCS}/ach-direct-debit`,
  },
  {
    method: 'bacs_debit',
    title: 'Bacs Direct Debit',
    ...CHARGED,
    settles: 'days',
    // 6 business days.
    settleDaysMax: 10,
    limits: within(['GBP']),
    savable: true,
    wallets: [],
    source: `${DOCS}/payment-methods/bacs-debit`,
  },
  {
    method: BANK_TRANSFER,
    title: 'Bank transfer',
    ...CHARGED,
    settles: 'days',
    // The customer sends the money himself; then we wait no longer.
    settleDaysMax: 14,
    limits: within(['EUR', 'GBP', 'USD', 'JPY']),
    savable: false,
    wallets: [],
    source: `${DOCS}/bank-transfers`,
  },
  { method: 'ideal', title: 'iDEAL', ...AT_ONCE, limits: within(['EUR']), source: `${DOCS}/ideal` },
  {
    method: 'bancontact',
    title: 'Bancontact',
    ...AT_ONCE,
    limits: within(['EUR']),
    source: `${DOCS}/bancontact`,
  },
  { method: 'eps', title: 'EPS', ...AT_ONCE, limits: within(['EUR']), source: `${DOCS}/eps` },
  { method: 'p24', title: 'Przelewy24', ...AT_ONCE, limits: within(['EUR', 'PLN']), source: `${DOCS}/p24` },
  { method: 'blik', title: 'BLIK', ...AT_ONCE, limits: within(['PLN']), source: `${DOCS}/blik` },
  { method: 'twint', title: 'TWINT', ...AT_ONCE, limits: within(['CHF']), source: `${DOCS}/twint` },
];

const byName = new Map(PAYMENT_METHODS.map((row) => [row.method, row]));
/** Null for a method the table does not know, and while none is chosen. */
export const paymentMethod = (method: string | null): PaymentMethodRow | null =>
  method === null ? null : (byName.get(method) ?? null);

const takes = ({ limits }: PaymentMethodRow, { amount, currency }: Money): boolean => {
  const bounds = limits[currency];
  return bounds !== undefined && amount >= bounds.min && amount <= bounds.max;
};
/** The methods that can take this amount; none for nothing. */
export const methodsFor = (money: Money): PaymentMethodRow[] =>
  PAYMENT_METHODS.filter((row) => takes(row, money));

/** What some method can take in this currency. */
export const payableLimits = (currency: Currency): AmountLimits => {
  const all = PAYMENT_METHODS.flatMap(({ limits }) => limits[currency] ?? []);
  return { min: Math.min(...all.map(({ min }) => min)), max: Math.max(...all.map(({ max }) => max)) };
};

/**
 * Why no payment can be of this amount, as a clause about the articles; null when one can, or none is needed. `leave`: of a
 * difference that is to be paid for them.
 */
export function unpayable({ amount, currency }: Money, about: 'all' | 'leave' = 'all'): string | null {
  if (amount === 0 || methodsFor({ amount, currency }).length > 0) return null;
  const { min, max } = payableLimits(currency);
  const [least, most] = [min, max].map((bound) => moneyText({ amount: bound, currency }));
  const money = moneyText({ amount, currency });
  const what = about === 'all' ? `are ${money} together` : `leave ${money} to pay`;
  return `${what}; a payment can be from ${least} to ${most}`;
}

const LONGEST_SETTLING_MS = 14 * DAY_MS;
/** How long to wait for money that is under way, milliseconds. Of a method nobody knows: as most debits take. */
export const settlingMs = (method: string | null): number => {
  const days = paymentMethod(method)?.settleDaysMax ?? 0;
  return days > 0 ? days * DAY_MS : LONGEST_SETTLING_MS;
};

/** How long the customer has to verify an account of this method, milliseconds. Of a method nobody knows: not at all. */
export const verifyingMs = (method: string | null): number =>
  (paymentMethod(method)?.verifyDaysMax ?? 0) * DAY_MS;

/** How long a hold of this method lasts, milliseconds; null where none does. */
export const holdMs = (method: string | null): number | null => {
  const days = paymentMethod(method)?.holdDays ?? null;
  return days === null ? null : days * DAY_MS;
};
