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
  excluded: readonly string[];
}): string[] {
  const transfers = payment.hasCustomer && transferPossible(payment.currency) ? ['customer_balance'] : [];
  return [...EVERYWHERE, ...(BY_CURRENCY[payment.currency] ?? []), ...transfers].filter(
    (type) => (!payment.manualCapture || holdsPossible(type)) && !payment.excluded.includes(type),
  );
}

export const savableTypes = (): string[] => [...SAVABLE];

/** Types the caller named himself; unknown ones are refused. */
export function checkedTypes(types: readonly string[]): string[] {
  const unknown = types.find((type) => !KNOWN.has(type));
  if (unknown !== undefined) {
    throw invalidRequest(
      `The payment method type "${unknown}" is invalid. Please ensure the provided type is activated for this account.`,
      { param: 'payment_method_types' },
    );
  }
  return [...types];
}
