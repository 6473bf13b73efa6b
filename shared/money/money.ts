import { z } from 'zod';

/**
 * Currencies that can be priced, with the number of decimals of their minor unit.
 * Source: ISO 4217:2015 list one; zero-decimal handling as in https://docs.stripe.com/currencies.
 */
export const CURRENCY_DECIMALS = {
  EUR: 2,
  USD: 2,
  GBP: 2,
  CHF: 2,
  SEK: 2,
  NOK: 2,
  DKK: 2,
  PLN: 2,
  CAD: 2,
  AUD: 2,
  JPY: 0,
} as const;
export type Currency = keyof typeof CURRENCY_DECIMALS;
export const currencySchema = z
  .enum(Object.keys(CURRENCY_DECIMALS) as [Currency, ...Currency[]])
  .meta({ id: 'Currency', description: 'ISO 4217 code', example: 'EUR' });

/** Largest amount a payment may carry, in minor units (Stripe's documented eight digits). */
export const AMOUNT_MAX_MINOR_UNITS = 99_999_999;

/** `amount` counts minor units of `currency` (1234 with EUR is 12.34 EUR; 1234 with JPY is 1234 JPY). */
export const moneySchema = z
  .strictObject({ amount: z.int(), currency: currencySchema })
  .meta({ id: 'Money', description: 'Integer minor units and ISO 4217 currency' });
export type Money = z.infer<typeof moneySchema>;

/** Plain decimal text of an amount: `12.34`, `1234` for a currency without decimals. No locale. */
export function decimalText(money: Money): string {
  const decimals = CURRENCY_DECIMALS[money.currency];
  const sign = money.amount < 0 ? '-' : '';
  const digits = String(Math.abs(money.amount)).padStart(decimals + 1, '0');
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** `12.34 EUR`: the one way money is written in mails, pages and command output. */
export const moneyText = (money: Money): string => `${decimalText(money)} ${money.currency}`;

/**
 * Reads plain decimal text (`12.34`, `12`) as minor units, or null when it is not an amount of this currency:
 * no sign, no grouping, at most as many decimals as the currency has, no float arithmetic.
 */
export function parseDecimal(text: string, currency: Currency): Money | null {
  const decimals = CURRENCY_DECIMALS[currency];
  const match = /^(\d{1,9})(?:\.(\d+))?$/.exec(text.trim());
  if (match === null) return null;
  const whole = match[1] ?? '0';
  const fraction = match[2] ?? '';
  if (fraction.slice(decimals).replace(/0+$/, '') !== '') return null;
  const amount = Number(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return amount > AMOUNT_MAX_MINOR_UNITS ? null : { amount, currency };
}
