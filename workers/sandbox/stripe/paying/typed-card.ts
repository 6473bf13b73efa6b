import { StripeRefusal } from '../errors.ts';
import type { MethodData } from '../parameters/methods.ts';

type TypedCard = NonNullable<MethodData['card']>;

const REFUSALS = {
  number: ['incorrect_number', 'Your card number is incorrect.'],
  exp_month: ['invalid_expiry_month', 'Your card’s expiration month is invalid.'],
  exp_year: ['invalid_expiry_year', 'Your card’s expiration year is invalid.'],
  cvc: ['invalid_cvc', 'Your card’s security code is invalid.'],
} as const;

export function refusedCard(param: keyof typeof REFUSALS): StripeRefusal {
  const [code, message] = REFUSALS[param];
  return new StripeRefusal(402, { type: 'card_error', code, message, param });
}

const YEARS_AHEAD_MAX = 50;

/** Throws for what no card has, where it was typed: https://docs.stripe.com/testing#invalid-data. `now`: Unix seconds. */
export function checkTyped({ exp_month: month, exp_year: year, cvc }: TypedCard, now: number): void {
  if (month !== undefined && !/^(?:0?[1-9]|1[0-2])$/.test(month)) throw refusedCard('exp_month');
  if (year !== undefined && !isYear(year, new Date(now * 1000).getUTCFullYear()))
    throw refusedCard('exp_year');
  if (cvc !== undefined && !/^\d{3,4}$/.test(cvc)) throw refusedCard('cvc');
}

/** Two digits are of this century, or of the last one where that is nearer. */
function isYear(text: string, present: number): boolean {
  if (!/^(?:\d{2}|\d{4})$/.test(text)) return false;
  const year = Number(text) + (text.length === 2 ? 2_000 : 0);
  return year >= present && year <= present + YEARS_AHEAD_MAX;
}
