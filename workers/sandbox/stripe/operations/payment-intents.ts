import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { checkedTypes, offeredTypes } from '../method-types.ts';
import { attemptPayment, type Manner } from '../paying/attempt.ts';
import { methodFrom } from '../paying/method.ts';
import { type MethodOptions, newIntent } from '../documents/intent.ts';
import { invalidRequest, type StripeRefusal } from '../errors.ts';
import {
  amountMax,
  type confirmIntentParams,
  type createIntentParams,
  type MannerFields,
  type ShippingFields,
  type updateIntentParams,
} from '../parameters/payment-intents.ts';
import { METADATA } from '../parameters/common.ts';
import { need, type OperationContext } from './context.ts';

/** Smallest charge in minor units (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
const AMOUNT_MIN: Partial<Record<string, number>> = {
  gbp: 30,
  jpy: 50,
  pln: 200,
  sek: 300,
  nok: 300,
  dkk: 250,
};
const AMOUNT_MIN_DEFAULT = 50;
const KNOWN_CURRENCIES = new Set([
  'eur',
  'usd',
  'gbp',
  'chf',
  'sek',
  'nok',
  'dkk',
  'pln',
  'cad',
  'aud',
  'jpy',
]);

export function createIntent(
  context: OperationContext,
  _id: string,
  input: z.infer<typeof createIntentParams>,
) {
  const currency = checkedCurrency(input.currency);
  checkAmount(input.amount, currency);
  checkEmail(input.receipt_email);
  const allowed = checkedTypes(input.allowed_payment_method_types);
  const customer = customerId(context, input.customer);
  const redirects = input.automatic_payment_methods?.allow_redirects ?? 'always';
  if (input.confirm === true) checkWayBack(redirects, input);
  const intent = newIntent(
    {
      amount: input.amount,
      currency,
      captureMethod: input.capture_method,
      confirmationMethod: input.confirmation_method,
      automaticMethods: {
        enabled: true,
        allow_redirects: redirects,
      },
      allowedTypes: allowed,
      excludedTypes: input.excluded_payment_method_types ?? null,
      methodTypes: offeredTypes({
        currency,
        manualCapture: input.capture_method === 'manual',
        hasCustomer: customer !== null,
        allowed,
        excluded: input.excluded_payment_method_types ?? [],
      }),
      shipping: shippingOf(input.shipping),
      transferGroup: input.transfer_group ?? null,
      metadata: input.metadata === '' ? {} : (input.metadata ?? {}),
      description: input.description ?? null,
      receiptEmail: input.receipt_email ?? null,
      customer,
      statementDescriptor: input.statement_descriptor ?? null,
      statementDescriptorSuffix: input.statement_descriptor_suffix ?? null,
      setupFutureUsage: input.setup_future_usage ?? null,
      methodOptions: input.payment_method_options ?? {},
    },
    context.now,
  );
  const method = methodFrom(context, input);
  const created: Stripe.PaymentIntent =
    method === null ? intent : { ...intent, payment_method: method.id, status: 'requires_confirmation' };
  context.store.put(created, null);
  context.emit('payment_intent.created', created);
  if (input.confirm !== true) return created;
  if (method === null) throw noMethod(created);
  return attemptPayment(context, created, method, mannerOf(input));
}

export function updateIntent(
  context: OperationContext,
  id: string,
  input: z.infer<typeof updateIntentParams>,
) {
  const intent = need(context, 'payment_intent', id);
  const open = ['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(
    intent.status,
  );
  const touchesMoney =
    input.amount !== undefined || input.currency !== undefined || input.payment_method !== undefined;
  if (touchesMoney && !open) {
    throw unexpectedState(
      intent,
      `This PaymentIntent's amount could not be updated because it has a status of ${intent.status}.`,
    );
  }
  const currency = input.currency === undefined ? intent.currency : checkedCurrency(input.currency);
  const amount = input.amount ?? intent.amount;
  checkAmount(amount, currency);
  checkEmail(input.receipt_email);
  const method = methodFrom(context, { payment_method: input.payment_method });
  const updated: Stripe.PaymentIntent = {
    ...intent,
    amount,
    currency,
    metadata: mergedMetadata(intent.metadata, input.metadata),
    payment_method_options: mergedOptions(intent, input.payment_method_options),
    description: input.description ?? intent.description,
    receipt_email: input.receipt_email ?? intent.receipt_email,
    customer: input.customer === undefined ? intent.customer : customerId(context, input.customer),
    setup_future_usage: usageOf(input.setup_future_usage, intent),
    shipping: input.shipping === undefined ? intent.shipping : shippingOf(input.shipping),
    ...(method === null ? {} : { payment_method: method.id, status: 'requires_confirmation' as const }),
  };
  context.store.put(updated);
  return updated;
}

const CONFIRMABLE = new Set<string>(['requires_payment_method', 'requires_confirmation', 'requires_action']);

export function confirmIntent(
  context: OperationContext,
  id: string,
  input: z.infer<typeof confirmIntentParams>,
) {
  const intent = need(context, 'payment_intent', id);
  if (!CONFIRMABLE.has(intent.status)) {
    throw unexpectedState(
      intent,
      intent.status === 'succeeded'
        ? 'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.'
        : `You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`,
    );
  }
  checkWayBack(intent.automatic_payment_methods?.allow_redirects, input);
  const present = typeof intent.payment_method === 'string' ? intent.payment_method : '';
  const method = methodFrom(context, input) ?? context.store.get('payment_method', present);
  if (method === null) throw noMethod(intent);
  return attemptPayment(
    context,
    {
      ...intent,
      capture_method: input.capture_method ?? intent.capture_method,
      setup_future_usage: usageOf(input.setup_future_usage, intent),
      payment_method_options: mergedOptions(intent, input.payment_method_options),
    },
    method,
    mannerOf(input),
  );
}

const mannerOf = (input: MannerFields): Manner => ({
  returnUrl: input.return_url ?? null,
  offSession: input.off_session === true,
  refuseChallenge: input.error_on_requires_action === true,
  stripeJs: input.use_stripe_sdk === true,
});

const usageOf = (
  sent: '' | 'off_session' | 'on_session' | undefined,
  intent: Stripe.PaymentIntent,
): Stripe.PaymentIntent['setup_future_usage'] =>
  sent === undefined ? intent.setup_future_usage : sent === '' ? null : sent;

function shippingOf(sent: ShippingFields | undefined): Stripe.PaymentIntent.Shipping | null {
  if (sent === undefined || sent === '') return null;
  const {
    city = null,
    country = null,
    line1 = null,
    line2 = null,
    postal_code = null,
    state = null,
  } = sent.address;
  return {
    address: { city, country, line1, line2, postal_code, state },
    name: sent.name,
    carrier: sent.carrier ?? null,
    phone: sent.phone ?? null,
    tracking_number: sent.tracking_number ?? null,
  };
}

/** Fewer than mail itself allows (https://docs.stripe.com/error-codes#email-invalid). */
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d-]+(\.[a-z\d-]+)+$/i;
function checkEmail(sent: string | undefined): void {
  if (sent === undefined || sent === '' || EMAIL.test(sent)) return;
  throw invalidRequest(`Invalid email address: ${sent}`, { code: 'email_invalid', param: 'receipt_email' });
}

function checkAmount(amount: number, currency: string): void {
  if (amount < 1) {
    throw invalidRequest('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
  }
  checkSmallest(amount, currency, 'amount');
  if (amount > amountMax) {
    throw invalidRequest('Amount must be no more than 99999999 in the smallest unit', {
      code: 'amount_too_large',
      param: 'amount',
    });
  }
}

/** Also of a capture: what is taken of a hold is charged by itself. */
export function checkSmallest(amount: number, currency: string, param: 'amount' | 'amount_to_capture'): void {
  const least = AMOUNT_MIN[currency] ?? AMOUNT_MIN_DEFAULT;
  if (amount >= least) return;
  throw invalidRequest(`Amount must be at least ${least} ${currency} in the smallest unit`, {
    code: 'amount_too_small',
    param,
  });
}

function checkedCurrency(sent: string): string {
  const currency = sent.toLowerCase();
  if (KNOWN_CURRENCIES.has(currency)) return currency;
  throw invalidRequest(
    `Invalid currency: ${currency}. This account supports: ${[...KNOWN_CURRENCIES].join(', ')}`,
    {
      param: 'currency',
    },
  );
}

function customerId(context: OperationContext, sent: string | undefined): string | null {
  if (sent === undefined || sent === '') return null;
  return need(context, 'customer', sent).id;
}

const mergedOptions = (
  intent: Stripe.PaymentIntent,
  sent: MethodOptions | undefined,
): Stripe.PaymentIntent.PaymentMethodOptions => ({ ...intent.payment_method_options, ...sent });

/** An empty value unsets one key, an empty text all of them. */
export function mergedMetadata(
  present: Record<string, string>,
  sent: Record<string, string> | '' | undefined,
): Record<string, string> {
  if (sent === '') return {};
  const merged = Object.entries({ ...present, ...sent }).filter(([, value]) => value !== '');
  if (merged.length > METADATA.keys) {
    throw invalidRequest(`Metadata can have ${METADATA.keys} keys at most.`, { param: 'metadata' });
  }
  return Object.fromEntries(merged);
}

export const unexpectedState = (intent: Stripe.PaymentIntent, message: string): StripeRefusal =>
  invalidRequest(message, { code: 'payment_intent_unexpected_state', payment_intent: intent });

/** Whoever confirms says where the customer comes back to, whichever method he has in hand, unless none sends him away. */
export function checkWayBack(
  redirects: Stripe.PaymentIntent.AutomaticPaymentMethods.AllowRedirects | undefined,
  { return_url: returnUrl }: { return_url?: string | undefined },
): void {
  if (redirects === 'never' || returnUrl !== undefined) return;
  throw invalidRequest(
    'This may be confirmed with methods that send the customer to another page. Pass a `return_url`, or allow none of them with `automatic_payment_methods[allow_redirects]=never`.',
    { param: 'return_url' },
  );
}

const noMethod = (intent: Stripe.PaymentIntent): StripeRefusal =>
  unexpectedState(
    intent,
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.",
  );
