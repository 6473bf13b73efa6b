import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { newRefund } from '../documents.ts';
import { invalidRequest } from '../errors.ts';
import type { createRefundParams } from '../parameters.ts';
import { chargeOf, need, type OperationContext } from './context.ts';

export function createRefund(
  context: OperationContext,
  _id: string,
  input: z.infer<typeof createRefundParams>,
) {
  const charge = chargeToRefund(context, input);
  const left = charge.amount - charge.amount_refunded;
  if (left === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    });
  }
  const amount = input.amount ?? left;
  if (amount < 1) {
    throw invalidRequest('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
  }
  if (amount > left) {
    throw invalidRequest(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: 'amount',
    });
  }
  const refund = newRefund(
    charge,
    { amount, reason: input.reason ?? null, metadata: input.metadata ?? {} },
    context.now,
  );
  const refunded: Stripe.Charge = {
    ...charge,
    amount_refunded: charge.amount_refunded + amount,
    refunded: charge.amount_refunded + amount === charge.amount,
  };
  context.store.put(refund, typeof charge.payment_intent === 'string' ? charge.payment_intent : charge.id);
  context.store.put(refunded);
  context.emit('charge.refunded', refunded);
  context.emit('refund.created', refund);
  return refund;
}

function chargeToRefund(context: OperationContext, input: z.infer<typeof createRefundParams>): Stripe.Charge {
  if (input.payment_intent === undefined && input.charge === undefined) {
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
    );
  }
  const charge =
    input.payment_intent === undefined
      ? need(context, 'charge', input.charge ?? '')
      : chargeOf(context, need(context, 'payment_intent', input.payment_intent));
  if (charge === null || !charge.paid || !charge.captured) {
    throw invalidRequest(
      `This PaymentIntent (${input.payment_intent ?? charge?.id ?? ''}) does not have a successful charge to refund.`,
      { param: 'payment_intent' },
    );
  }
  return charge;
}
