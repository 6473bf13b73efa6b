import type { Stripe } from 'stripe';
import { NO_DETAILS, newMethod } from '../documents/payment-method.ts';
import { invalidRequest, noSuch } from '../errors.ts';
import { accountByNumber, cardByNumber, methodByToken, TEST_METHODS } from '../methods/index.ts';
import type { TestMethod } from '../methods/types.ts';
import { idOf, type OperationContext } from '../operations/context.ts';
import { isToBeKept } from './check.ts';
import type { MethodData, MethodFields } from '../parameters/methods.ts';
import { checkTyped, refusedCard } from './typed-card.ts';

/** The payment method named by the parameters, made when it is a test token or typed data; null when none is named. */
export function methodFrom(context: OperationContext, fields: MethodFields): Stripe.PaymentMethod | null {
  if (fields.payment_method !== undefined && fields.payment_method !== '') {
    const known = context.store.get('payment_method', fields.payment_method);
    if (known !== null) return known;
    const method = methodByToken(fields.payment_method);
    if (method === undefined) throw noSuch('PaymentMethod', fields.payment_method, 'payment_method');
    return make(context, method, fields.payment_method_data);
  }
  const data = fields.payment_method_data;
  return data === undefined ? null : make(context, typedMethod(data, context.now), data);
}

/** A payment method kept under a new id. */
export function make(
  context: OperationContext,
  method: TestMethod,
  data: MethodData | undefined,
): Stripe.PaymentMethod {
  const made = newMethod(method, context.now, { ...NO_DETAILS, ...detailsOf(data) });
  context.store.put(made, null, method.token);
  if (isTyped(data)) context.store.awaitVerification(made.id);
  return made;
}

/** An account whose number was typed, not linked at its bank: whose it is nobody knows. */
const isTyped = (data: MethodData | undefined): boolean =>
  data?.type === 'us_bank_account' &&
  data.us_bank_account?.account_number !== undefined &&
  data.us_bank_account.financial_connections_account === undefined;

function detailsOf(data: MethodData | undefined): Partial<Stripe.Charge.BillingDetails> {
  const { address, email, name, phone } = data?.billing_details ?? {};
  const text = (value: string | undefined) => (value === undefined || value === '' ? null : value);
  return {
    email: text(email),
    name: text(name),
    phone: text(phone),
    address:
      address === undefined
        ? null
        : {
            city: text(address.city),
            country: text(address.country),
            line1: text(address.line1),
            line2: text(address.line2),
            postal_code: text(address.postal_code),
            state: text(address.state),
          },
  };
}

/** Which test method the typed data are. `now`: Unix seconds. */
export function typedMethod(data: MethodData, now: number): TestMethod {
  switch (data.type) {
    case 'card': {
      const token = data.card?.token;
      const method =
        token === undefined
          ? cardByNumber(data.card?.number ?? '')
          : methodByToken(token.replace(/^tok_/, 'pm_card_'));
      if (method === null || method === undefined) throw refusedCard('number');
      checkTyped(data.card ?? {}, now);
      return method;
    }
    case 'sepa_debit': {
      const method = accountByNumber('sepa_debit', data.sepa_debit?.iban ?? '');
      if (method !== undefined) return method;
      throw invalidRequest('The IBAN you provided is invalid.', {
        code: 'invalid_bank_account_iban',
        param: 'sepa_debit[iban]',
      });
    }
    case 'us_bank_account': {
      const number = data.us_bank_account?.account_number;
      const method =
        number === undefined
          ? methodByToken('pm_usBankAccount_success')
          : accountByNumber('us_bank_account', number);
      if (method !== undefined) return method;
      throw invalidRequest('This is no test account number.', {
        code: 'bank_account_unusable',
        param: 'us_bank_account[account_number]',
      });
    }
    case 'link':
    case 'paypal':
    case 'klarna':
    case 'customer_balance': {
      const method = TEST_METHODS.find(({ type }) => type === data.type);
      if (method !== undefined) return method;
      throw invalidRequest(`The payment method type "${data.type}" is invalid.`, { param: 'type' });
    }
  }
}

/** The test method behind a payment method; anything unknown is a number that is no test card. */
export function testMethodById(context: OperationContext, id: string): TestMethod {
  const known = methodByToken(context.store.labelOf(id) ?? '') ?? methodByToken('pm_card_unknown');
  if (known === undefined) throw new Error('the unknown test card is missing');
  return known;
}
export const testMethodOf = (context: OperationContext, method: Stripe.PaymentMethod): TestMethod =>
  testMethodById(context, method.id);

/** The payment method of an intent. */
export function methodOf(
  context: OperationContext,
  intent: Stripe.PaymentIntent | Stripe.SetupIntent,
): Stripe.PaymentMethod {
  const id = idOf(intent.payment_method);
  const method = context.store.get('payment_method', id);
  if (method === null) throw noSuch('PaymentMethod', id, 'payment_method');
  return method;
}

/** After a payment: saved with its customer where the shop asked for it; otherwise it cannot be used again. */
export function keepForLater(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): void {
  if (method.customer !== null) return;
  if (intent.customer !== null && isToBeKept(intent, method)) attach(context, method, idOf(intent.customer));
  else context.store.spend(method.id);
}

export function attach(
  context: OperationContext,
  method: Stripe.PaymentMethod,
  customer: string,
): Stripe.PaymentMethod {
  if (method.customer === customer) return method;
  const attached = { ...method, customer };
  context.store.put(attached);
  context.emit('payment_method.attached', attached);
  return attached;
}
