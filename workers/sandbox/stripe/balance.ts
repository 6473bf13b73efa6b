import type { Stripe } from 'stripe';
import { newBalanceTransaction, type Movement } from './documents/balance-transaction.ts';
import { disputeFee, processingFee } from './fees.ts';
import type { OperationContext } from './operations/context.ts';
import { FIRST_PAGE } from './storage.ts';

/** Every movement of the account's money, written once and never changed. */

const LINES_MAX = 100;
const PROCESSING = 'Processing fees';
const DISPUTE = 'Dispute fee';
const intentOf = (charge: Stripe.Charge): string =>
  typeof charge.payment_intent === 'string' ? charge.payment_intent : charge.id;
const isCharge = (charge: Stripe.Charge): boolean => charge.id.startsWith('ch_');
const methodOf = (charge: Stripe.Charge): string => charge.payment_method_details?.type ?? 'card';

function move(
  context: OperationContext,
  charge: Stripe.Charge,
  movement: Omit<Movement, 'currency' | 'feeDescription'> & { feeDescription?: string },
): Stripe.BalanceTransaction {
  const line = newBalanceTransaction(
    { feeDescription: PROCESSING, ...movement, currency: charge.currency },
    context.now,
  );
  context.store.put(line, intentOf(charge), movement.source);
  return line;
}

/** Lines of one source, newest first. */
const linesOf = (context: OperationContext, charge: Stripe.Charge, source: string) =>
  context.store.list('balance_transaction', {
    ...FIRST_PAGE,
    parent: intentOf(charge),
    labels: [source],
    limit: LINES_MAX,
  })?.data ?? [];

/** Books what was captured of a charge and not booked yet; the charge names the newest line. */
export function bookCaptured(context: OperationContext, charge: Stripe.Charge): Stripe.Charge {
  const type = isCharge(charge) ? 'charge' : 'payment';
  const booked = linesOf(context, charge, charge.id)
    .filter((line) => line.type === type)
    .reduce((sum, line) => sum + line.amount, 0);
  const amount = charge.amount_captured - booked;
  if (amount <= 0) return charge;
  const country = charge.payment_method_details?.card?.country ?? null;
  const line = move(context, charge, {
    type,
    reportingCategory: 'charge',
    amount,
    fee: processingFee(amount, methodOf(charge), country),
    description: charge.description ?? 'Payment',
    source: charge.id,
  });
  const known = { ...charge, balance_transaction: line.id };
  context.store.put(known);
  return known;
}

/** Fees are not given back with a refund (https://docs.stripe.com/refunds#refund-fees). */
export const bookRefund = (context: OperationContext, charge: Stripe.Charge, refund: Stripe.Refund): string =>
  move(context, charge, {
    type: isCharge(charge) ? 'refund' : 'payment_refund',
    reportingCategory: 'refund',
    amount: -refund.amount,
    fee: 0,
    description: `Refund of ${charge.id}`,
    source: refund.id,
  }).id;

export const bookRefundFailure = (
  context: OperationContext,
  charge: Stripe.Charge,
  refund: Stripe.Refund,
): string =>
  move(context, charge, {
    type: isCharge(charge) ? 'refund_failure' : 'payment_refund',
    reportingCategory: 'refund_failure',
    amount: refund.amount,
    fee: 0,
    description: `Failed refund of ${charge.id}`,
    source: refund.id,
  }).id;

export const bookWithdrawal = (
  context: OperationContext,
  charge: Stripe.Charge,
  dispute: Stripe.Dispute,
): Stripe.BalanceTransaction =>
  move(context, charge, {
    type: 'adjustment',
    reportingCategory: 'dispute',
    amount: -dispute.amount,
    fee: disputeFee(methodOf(charge)),
    feeDescription: DISPUTE,
    description: `Chargeback withdrawal for ${charge.id}`,
    source: dispute.id,
  });

/** A won dispute brings the amount and its fee back, as in test mode (https://docs.stripe.com/testing#disputes). */
export const bookReinstatement = (
  context: OperationContext,
  charge: Stripe.Charge,
  dispute: Stripe.Dispute,
): Stripe.BalanceTransaction =>
  move(context, charge, {
    type: 'adjustment',
    reportingCategory: 'dispute_reversal',
    amount: dispute.amount,
    fee: -disputeFee(methodOf(charge)),
    feeDescription: DISPUTE,
    description: `Chargeback reversal for ${charge.id}`,
    source: dispute.id,
  });
