import type { Stripe } from 'stripe';
import { newCashTransaction, type CashMovement } from '../documents/cash-transaction.ts';
import { newCashRefund } from '../documents/refund.ts';
import { referenceOf, transferInstructions } from '../documents/transfer-instructions.ts';
import { invalidRequest } from '../errors.ts';
import { idOf, type OperationContext } from '../operations/context.ts';
import { FIRST_PAGE } from '../storage.ts';
import { approve } from './ends.ts';
import { methodOf } from './method.ts';

/**
 * Bank transfers (https://docs.stripe.com/payments/bank-transfers): the payment waits with instructions until enough money
 * reached the customer's cash balance.
 */
export function askTransfer(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  if (intent.customer === null) {
    throw invalidRequest('A payment from a customer balance needs a customer.', {
      code: 'parameter_missing',
      param: 'customer',
      payment_intent: intent,
    });
  }
  const waiting: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_action',
    payment_method: method.id,
    last_payment_error: null,
    next_action: instructing(context, intent, intent.amount),
  };
  context.store.put(waiting);
  const there = context.store.cashOf(idOf(intent.customer))[intent.currency] ?? 0;
  const paid = there === 0 ? waiting : apply(context, waiting, there);
  if (paid.status === 'requires_action') context.emit('payment_intent.requires_action', paid);
  return paid;
}

const instructing = (
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  remaining: number,
): Stripe.PaymentIntent.NextAction => ({
  type: 'display_bank_transfer_instructions',
  display_bank_transfer_instructions: transferInstructions(context, intent, remaining),
});

/** What is still to come, minor units; null when the payment waits for no transfer. */
export const remainingOf = (intent: Stripe.PaymentIntent): number | null =>
  intent.status === 'requires_action'
    ? (intent.next_action?.display_bank_transfer_instructions?.amount_remaining ?? null)
    : null;

/**
 * A transfer arrives: the payment it names takes it, then the customer's oldest payments that wait; the rest stays in his
 * cash balance.
 */
export function receiveTransfer(
  context: OperationContext,
  transfer: { customer: string; currency: string; amount: number; reference: string | null },
): Stripe.CustomerCashBalanceTransaction {
  const { customer, currency, reference } = transfer;
  const line = move(context, { ...transfer, because: { type: 'funded', reference } });
  const open = waitingOf(context, customer, currency);
  const named = open.filter(
    (intent) => reference !== null && referenceOf(intent) === reference.toUpperCase(),
  );
  for (const intent of new Set([...named, ...open])) {
    const there = context.store.cashOf(customer)[currency] ?? 0;
    if (there > 0) apply(context, intent, there);
  }
  return line;
}

/** What a payment that ends unpaid, or is paid in another way, had taken goes back to the cash balance. */
export function returnTransfers(context: OperationContext, intent: Stripe.PaymentIntent): void {
  const remaining = remainingOf(intent);
  if (remaining === null || remaining === intent.amount) return;
  move(context, {
    customer: idOf(intent.customer),
    currency: intent.currency,
    amount: intent.amount - remaining,
    because: { type: 'unapplied_from_payment', payment: intent.id },
  });
}

function apply(context: OperationContext, intent: Stripe.PaymentIntent, there: number): Stripe.PaymentIntent {
  const remaining = remainingOf(intent) ?? 0;
  const used = Math.min(there, remaining);
  move(context, {
    customer: idOf(intent.customer),
    currency: intent.currency,
    amount: -used,
    because: { type: 'applied_to_payment', payment: intent.id },
  });
  if (used === remaining) return approve(context, intent, methodOf(context, intent));
  const partly = { ...intent, next_action: instructing(context, intent, remaining - used) };
  context.store.put(partly);
  context.emit('payment_intent.partially_funded', partly);
  return partly;
}

/** What is left of a customer's transfers goes back to his bank. */
export function returnCash(
  context: OperationContext,
  input: { customer: string; currency: string; amount: number | null; metadata: Record<string, string> },
): Stripe.Refund {
  const { customer, currency, metadata } = input;
  const there = context.store.cashOf(customer)[currency] ?? 0;
  const amount = input.amount ?? there;
  if (amount < 1 || amount > there) {
    throw invalidRequest(`The customer has ${there} ${currency} in the cash balance, not ${amount}.`, {
      param: 'amount',
    });
  }
  move(context, { customer, currency, amount: -amount, because: { type: 'return_initiated' } });
  const refund = newCashRefund({ customer, currency, amount, metadata }, context.now);
  context.store.put(refund, customer);
  context.emit('refund.created', refund);
  return refund;
}

/** Nobody named an account: what was on its way is the customer's, at the provider. */
export function keepCash(
  context: OperationContext,
  { customer, currency, amount }: Pick<Stripe.Refund, 'customer' | 'currency' | 'amount'>,
): void {
  move(context, { customer: idOf(customer), currency, amount, because: { type: 'return_canceled' } });
}

function move(
  context: OperationContext,
  movement: Omit<CashMovement, 'ending'>,
): Stripe.CustomerCashBalanceTransaction {
  const ending = context.store.addCash(movement.customer, movement.currency, movement.amount);
  const line = newCashTransaction({ ...movement, ending }, context.now);
  context.store.put(line, movement.customer);
  context.emit('customer_cash_balance_transaction.created', line);
  return line;
}

const WAITING_MAX = 100;
/** The customer's payments that wait for money in this currency, oldest first. */
function waitingOf(context: OperationContext, customer: string, currency: string): Stripe.PaymentIntent[] {
  const page = {
    ...FIRST_PAGE,
    fields: { customer, currency, status: 'requires_action' },
    limit: WAITING_MAX,
  };
  const listed = context.store.list('payment_intent', page)?.data ?? [];
  return listed.filter((intent) => remainingOf(intent) !== null).toReversed();
}
