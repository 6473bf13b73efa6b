import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { newCustomer, type CustomerInput } from '../documents/customer.ts';
import { invalidRequest } from '../errors.ts';
import { attach, methodFrom } from '../paying/method.ts';
import { receiveTransfer } from '../paying/transfer.ts';
import type { createCustomerParams, fundParams, updateCustomerParams } from '../parameters/customers.ts';
import { need, type OperationContext } from './context.ts';
import { mergedMetadata } from './payment-intents.ts';

type Sent = z.infer<typeof updateCustomerParams>;
const text = (sent: string | undefined, present: string | null): string | null =>
  sent === undefined ? present : sent === '' ? null : sent;

const described = (sent: Sent, present: Stripe.Customer | null): CustomerInput => ({
  address: sent.address === undefined ? (present?.address ?? null) : addressOf(sent.address),
  description: text(sent.description, present?.description ?? null),
  email: text(sent.email, present?.email ?? null),
  name: text(sent.name, present?.name ?? null),
  phone: text(sent.phone, present?.phone ?? null),
  metadata: mergedMetadata(present?.metadata ?? {}, sent.metadata),
  shipping: present?.shipping ?? null,
  defaultMethod: null,
});

function addressOf(sent: NonNullable<Sent['address']>): Stripe.Address | null {
  if (sent === '') return null;
  const { city = null, country = null, line1 = null, line2 = null, postal_code = null, state = null } = sent;
  return { city, country, line1, line2, postal_code, state };
}

export function createCustomer(
  context: OperationContext,
  _id: string,
  input: z.infer<typeof createCustomerParams>,
): Stripe.Customer {
  const made = newCustomer(described(input, null), context.now);
  context.store.put(made);
  const method = methodFrom(context, { payment_method: input.payment_method });
  if (method !== null) attach(context, method, made.id);
  const customer = withDefault(context, made, input.invoice_settings?.default_payment_method ?? method?.id);
  context.store.put(customer);
  context.emit('customer.created', customer);
  return customer;
}

export function updateCustomer(context: OperationContext, id: string, input: Sent): Stripe.Customer {
  const present = need(context, 'customer', id);
  const { defaultMethod: _unchanged, ...changes } = described(input, present);
  const customer = withDefault(
    context,
    { ...present, ...changes },
    input.invoice_settings?.default_payment_method,
  );
  context.store.put(customer);
  context.emit('customer.updated', customer, { invoice_settings: present.invoice_settings });
  return customer;
}

/** The method used unless another is named: one of the customer's own. */
function withDefault(
  context: OperationContext,
  customer: Stripe.Customer,
  methodId: string | undefined,
): Stripe.Customer {
  if (methodId === undefined) return customer;
  if (methodId !== '' && context.store.get('payment_method', methodId)?.customer !== customer.id) {
    throw invalidRequest(`The customer does not have a payment method with the ID ${methodId}.`, {
      code: 'resource_missing',
      param: 'invoice_settings[default_payment_method]',
    });
  }
  const settings = {
    ...customer.invoice_settings,
    default_payment_method: methodId === '' ? null : methodId,
  };
  return { ...customer, invoice_settings: settings };
}

/** Only that it was deleted is kept. Whoever has a cash balance cannot be (https://docs.stripe.com/api/cash_balance/object). */
export function deleteCustomer(context: OperationContext, id: string): Stripe.DeletedCustomer {
  const customer = need(context, 'customer', id);
  if (Object.keys(context.store.cashOf(customer.id)).length > 0)
    throw invalidRequest('You cannot delete a customer with a cash balance, even if it is 0.');
  const deleted: Stripe.DeletedCustomer = { id, object: 'customer', deleted: true };
  context.store.put({ ...deleted, created: customer.created });
  context.emit('customer.deleted', customer);
  return deleted;
}

export const cashBalance = (context: OperationContext, id: string): Stripe.CashBalance => ({
  object: 'cash_balance',
  available: context.store.cashOf(need(context, 'customer', id).id),
  customer: id,
  customer_account: null,
  livemode: false,
  settings: { reconciliation_mode: 'automatic', using_merchant_default: true },
});

/** A test helper: the customer's bank transfer arrives. */
export function fundCashBalance(
  context: OperationContext,
  id: string,
  input: z.infer<typeof fundParams>,
): Stripe.CustomerCashBalanceTransaction {
  if (input.amount < 1) throw invalidRequest('Invalid positive integer', { param: 'amount' });
  return receiveTransfer(context, {
    customer: need(context, 'customer', id).id,
    currency: input.currency.toLowerCase(),
    amount: input.amount,
    reference: input.reference ?? null,
  });
}
