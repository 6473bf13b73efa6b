import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { invalidRequest, StripeRefusal } from '../errors.ts';
import type { Decline } from '../methods/types.ts';
import type { attachMethodParams, createMethodParams, updateMethodParams } from '../parameters/methods.ts';
import { checkCustomer } from '../paying/check.ts';
import { attach, make, testMethodOf, typedMethod } from '../paying/method.ts';
import { methodByToken } from '../methods/index.ts';
import { idOf, need, type OperationContext } from './context.ts';
import { mergedMetadata } from './payment-intents.ts';

export function createMethod(
  context: OperationContext,
  _id: string,
  input: z.infer<typeof createMethodParams>,
): Stripe.PaymentMethod {
  const made = make(context, typedMethod(input, context.now), input);
  const method = {
    ...made,
    allow_redisplay: input.allow_redisplay ?? 'unspecified',
    metadata: mergedMetadata({}, input.metadata),
  };
  context.store.put(method);
  return method;
}

export function updateMethod(
  context: OperationContext,
  id: string,
  input: z.infer<typeof updateMethodParams>,
): Stripe.PaymentMethod {
  const present = need(context, 'payment_method', id);
  if (present.customer === null) {
    throw invalidRequest('You must save this PaymentMethod to a customer before you can update it.', {
      param: 'payment_method',
    });
  }
  const { billing_details: details, card } = input;
  const method: Stripe.PaymentMethod = {
    ...present,
    allow_redisplay: input.allow_redisplay ?? present.allow_redisplay ?? 'unspecified',
    metadata: mergedMetadata(present.metadata ?? {}, input.metadata),
    billing_details: {
      ...present.billing_details,
      ...(details?.email === undefined ? {} : { email: details.email || null }),
      ...(details?.name === undefined ? {} : { name: details.name || null }),
      ...(details?.phone === undefined ? {} : { phone: details.phone || null }),
    },
    ...(present.card === undefined
      ? {}
      : {
          card: {
            ...present.card,
            exp_month: card?.exp_month ?? present.card.exp_month,
            exp_year: card?.exp_year ?? present.card.exp_year,
          },
        }),
  };
  context.store.put(method);
  context.emit('payment_method.updated', method);
  return method;
}

export function attachMethod(
  context: OperationContext,
  id: string,
  input: z.infer<typeof attachMethodParams>,
): Stripe.PaymentMethod {
  const customer = need(context, 'customer', input.customer);
  const token = methodByToken(id);
  const method = token === undefined ? need(context, 'payment_method', id) : make(context, token, undefined);
  checkCustomer(context, customer.id, method);
  checkSavable(context, method);
  return attach(context, method, customer.id);
}

/** Banks are asked when a card is saved: one that declines is not saved. */
export function checkSavable(context: OperationContext, method: Stripe.PaymentMethod): void {
  const test = testMethodOf(context, method);
  if (test.attachable || test.outcome.kind !== 'declined') return;
  throw setupRefusal(test.outcome);
}

export const setupRefusal = (decline: Decline, details: { setup_intent?: unknown } = {}): StripeRefusal =>
  new StripeRefusal(402, {
    type: 'card_error',
    code: decline.code,
    ...(decline.declineCode === null ? {} : { decline_code: decline.declineCode }),
    message: decline.message,
    ...details,
  });

export function detachMethod(context: OperationContext, id: string): Stripe.PaymentMethod {
  const method = need(context, 'payment_method', id);
  const customer = idOf(method.customer);
  if (customer === '') {
    throw invalidRequest(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
      {
        param: 'payment_method',
      },
    );
  }
  const detached = { ...method, customer: null };
  context.store.put(detached);
  context.store.spend(id);
  forgetDefault(context, customer, id);
  context.emit('payment_method.detached', detached, { customer });
  return detached;
}

function forgetDefault(context: OperationContext, customerId: string, methodId: string): void {
  const customer = context.store.get('customer', customerId);
  if (customer === null || 'deleted' in customer) return;
  if (customer.invoice_settings.default_payment_method !== methodId) return;
  const settings = { ...customer.invoice_settings, default_payment_method: null };
  const changed = { ...customer, invoice_settings: settings };
  context.store.put(changed);
  context.emit('customer.updated', changed, { invoice_settings: customer.invoice_settings });
}
