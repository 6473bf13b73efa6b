import { transferPossible } from './documents/transfer-instructions.ts';
import { invalidRequest } from './errors.ts';
import { holdsPossible } from './methods/index.ts';

/** Which types of method a payment is offered with: the account's settings, by currency. */

const EVERYWHERE = ['card', 'link'];
const BY_CURRENCY: Partial<Record<string, string[]>> = {
  eur: ['klarna', 'paypal', 'sepa_debit'],
  usd: ['klarna', 'paypal', 'us_bank_account'],
  gbp: ['klarna', 'paypal'],
};
const KNOWN = new Set([
  ...EVERYWHERE,
  ...Object.values(BY_CURRENCY).flatMap((types) => types ?? []),
  'customer_balance',
]);
/** Types that can be saved and charged later. */
const SAVABLE = new Set(['card', 'link', 'paypal', 'sepa_debit', 'us_bank_account']);

export function offeredTypes(payment: {
  currency: string;
  manualCapture: boolean;
  hasCustomer: boolean;
  /** Types the caller named; null: all the account has. */
  allowed: readonly string[] | null;
  excluded: readonly string[];
}): string[] {
  const transfers = payment.hasCustomer && transferPossible(payment.currency) ? ['customer_balance'] : [];
  return [...EVERYWHERE, ...(BY_CURRENCY[payment.currency] ?? []), ...transfers].filter(
    (type) =>
      (!payment.manualCapture || holdsPossible(type)) &&
      (payment.allowed?.includes(type) ?? true) &&
      !payment.excluded.includes(type),
  );
}

export const savableTypes = (allowed: readonly string[] | null, excluded: readonly string[]): string[] =>
  [...SAVABLE].filter((type) => (allowed?.includes(type) ?? true) && !excluded.includes(type));

/** Types the caller names; unknown ones are refused. */
export function checkedTypes(types: readonly string[] | undefined): string[] | null {
  const unknown = types?.find((type) => !KNOWN.has(type));
  if (unknown === undefined) return types === undefined ? null : [...types];
  throw invalidRequest(
    `The payment method type "${unknown}" is invalid. Please ensure the provided type is activated for this account.`,
    { param: 'allowed_payment_method_types' },
  );
}
