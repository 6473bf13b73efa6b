import type { Stripe } from 'stripe';
import type { MethodOptions } from '../documents/intent.ts';
import { invalidRequest } from '../errors.ts';
import { holdsPossible } from '../methods/index.ts';
import { idOf, type OperationContext } from '../operations/context.ts';

/** Debits exist in one currency. */
const CURRENCY_OF: Partial<Record<string, string>> = { sepa_debit: 'eur', us_bank_account: 'usd' };

/** Refuses a payment method this payment cannot be paid with. */
export function checkMethod(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): void {
  const refused = (message: string, code = 'payment_intent_incompatible_payment_method') =>
    invalidRequest(message, { code, param: 'payment_method', payment_intent: intent });
  if (intent.capture_method === 'manual' && !holdsPossible(method.type)) {
    throw refused(
      `The payment method type provided: ${method.type} does not support manual capture of this PaymentIntent.`,
    );
  }
  const only = CURRENCY_OF[method.type];
  if (only !== undefined && intent.currency !== only) {
    throw refused(`The payment method type provided: ${method.type} takes payments in ${only} only.`);
  }
  if (!intent.payment_method_types.includes(method.type)) {
    throw refused(
      `The PaymentMethod provided (${method.type}) is not allowed for this PaymentIntent. Allowed: ${intent.payment_method_types.join(', ')}.`,
      'payment_intent_invalid_parameter',
    );
  }
  if (NEVER_KEPT.has(method.type) && isToBeKept(intent, method)) {
    throw refused(
      `The payment method type provided: ${method.type} cannot be kept (\`setup_future_usage\`).`,
    );
  }
  checkCustomer(context, idOf(intent.customer), method);
}
/** The customer sends the money himself each time. */
const NEVER_KEPT: ReadonlySet<string> = new Set(['customer_balance']);

/** What is paid with is kept by its holder, who is not there. */
export function checkNotToBeKept(intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  if (!isToBeKept(intent, method)) return;
  throw invalidRequest(
    'This PaymentIntent keeps its payment method (`setup_future_usage`), which cannot be done with `off_session`.',
    { param: 'off_session', payment_intent: intent },
  );
}

/** The shop wants what is paid with kept: for this type of method, or for all. */
export function isToBeKept(intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): boolean {
  const own = (intent.payment_method_options as MethodOptions | null)?.[method.type]?.setup_future_usage;
  return own === undefined ? intent.setup_future_usage !== null : own.endsWith('_session');
}

/** A saved method is its customer's alone; one that was used without a customer is used up. */
export function checkCustomer(
  context: OperationContext,
  customer: string,
  method: Stripe.PaymentMethod,
): void {
  const owner = idOf(method.customer);
  if (owner !== '' && customer === '') {
    throw invalidRequest(
      'The payment method is attached to a customer, so the customer must be named in the request.',
      { param: 'payment_method' },
    );
  }
  if (owner !== '' && owner !== customer) {
    throw invalidRequest(`The customer does not have a payment method with the ID ${method.id}.`, {
      code: 'payment_method_customer_mismatch',
      param: 'payment_method',
    });
  }
  if (owner === '' && context.store.isSpent(method.id)) {
    throw invalidRequest(
      'The provided PaymentMethod was used without being attached to a Customer, or was detached from one. It may not be used again.',
      { code: 'payment_method_unexpected_state', param: 'payment_method' },
    );
  }
}
