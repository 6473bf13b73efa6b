/**
 * What the payment service keeps, in minor units. Rates like a European account's list prices
 * (https://stripe.com/pricing): simple, but different per method, so that nobody can mistake them for a constant.
 */
const BASIS_POINTS = 10_000;

interface Rate {
  basisPoints: number;
  fixed: number;
  max: number;
}
const CARD: Rate = { basisPoints: 150, fixed: 25, max: Number.MAX_SAFE_INTEGER };
const FOREIGN_CARD: Rate = { basisPoints: 325, fixed: 25, max: Number.MAX_SAFE_INTEGER };
const RATES: Partial<Record<string, Rate>> = {
  sepa_debit: { basisPoints: 0, fixed: 35, max: 35 },
  us_bank_account: { basisPoints: 80, fixed: 0, max: 500 },
  customer_balance: { basisPoints: 50, fixed: 0, max: 500 },
  paypal: { basisPoints: 290, fixed: 35, max: Number.MAX_SAFE_INTEGER },
  klarna: { basisPoints: 299, fixed: 35, max: Number.MAX_SAFE_INTEGER },
};
const HOME: ReadonlySet<string> = new Set(['AT', 'DE', 'FR', 'IE', 'IT', 'NL', 'ES', 'BE']);

/** Fee for money taken by a method; `country` is the card issuer's. Never more than the amount itself. */
export function processingFee(amount: number, method: string, country: string | null): number {
  const rate = RATES[method] ?? (country !== null && HOME.has(country) ? CARD : FOREIGN_CARD);
  const fee = Math.round((amount * rate.basisPoints) / BASIS_POINTS) + rate.fixed;
  return Math.min(fee, rate.max, amount);
}

/** Kept for every chargeback; an inquiry costs nothing. */
const DISPUTE_FEE = 1_500;
const DEBIT_DISPUTE_FEE = 1_000;
export const disputeFee = (method: string): number => (method === 'card' ? DISPUTE_FEE : DEBIT_DISPUTE_FEE);
