import type { Stripe } from 'stripe';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PaymentError } from '#shared/contracts/payments.ts';
import { type Clock, SECOND_MS, systemClock } from '#shared/time/time.ts';
import type {
  BalanceTransaction,
  ChargeFact,
  DisputeFact,
  PaymentFacts,
  RefundFact,
} from '../ledger/facts.ts';
import type { FactsSource } from '../usecases/ledger/ports.ts';
import { disputeState, evidenceDueBy } from './stripe-details.ts';
import { toPaymentError } from './stripe-errors.ts';
import { idOf } from './stripe-parts.ts';
import { refundState } from './stripe-refunds.ts';
import { isRelease, nameOf } from './stripe-snapshot.ts';

const PAGE = 100;
/** Attempts to pay, refunds, transactions of one payment: more than that is no payment of ours. */
const LISTED_MAX = 1_000;

/**
 * Everything Stripe has on record about the money of one payment: two requests, one more each for many refunds, disputes,
 * and a charge captured in parts.
 */
export function stripeFacts(client: Stripe, clock: Clock = systemClock): FactsSource {
  return {
    async facts(paymentId): Promise<Result<PaymentFacts, PaymentError>> {
      const observedAt = clock.now();
      try {
        return ok(await read(client, paymentId, observedAt));
      } catch (error) {
        return fail(toPaymentError(error));
      }
    },
  };
}

const MOVEMENTS = ['balance_transaction', 'failure_balance_transaction'] as const;
const CHARGES = MOVEMENTS.flatMap((name) => [`data.${name}`, `data.refunds.data.${name}`]);

async function read(client: Stripe, paymentId: string, observedAt: number): Promise<PaymentFacts> {
  const intent = await client.paymentIntents.retrieve(paymentId);
  const charges = await all(client.charges.list({ payment_intent: paymentId, limit: PAGE, expand: CHARGES }));
  const refunds = (await refundsOf(client, paymentId, charges)).filter((refund) => !isRelease(refund));
  const disputes = charges.some((charge) => charge.disputed)
    ? await all(client.disputes.list({ payment_intent: paymentId, limit: PAGE }))
    : [];
  return {
    provider: 'stripe',
    paymentId,
    orderId: nameOf(intent).orderId,
    observedAt,
    createdAt: intent.created * SECOND_MS,
    currency: intent.currency.toUpperCase(),
    received: intent.amount_received,
    charges: await Promise.all(
      charges
        .toSorted((a, b) => a.created - b.created)
        .map(async (charge) => toCharge(intent, charge, refunds, await movements(client, charge))),
    ),
    refunds: refunds.toSorted((a, b) => a.created - b.created).map(toRefund),
    disputes: disputes.toSorted((a, b) => a.created - b.created).map(toDispute),
  };
}

/** With the charges themselves; of a charge with many, by a list of their own. */
async function refundsOf(
  client: Stripe,
  paymentId: string,
  charges: readonly Stripe.Charge[],
): Promise<Stripe.Refund[]> {
  if (!charges.some((charge) => charge.refunds?.has_more === true))
    return charges.flatMap((charge) => charge.refunds?.data ?? []);
  const expand = MOVEMENTS.map((name) => `data.${name}`);
  return all(client.refunds.list({ payment_intent: paymentId, limit: PAGE, expand }));
}

const all = <Item extends { id: string }>(list: Stripe.ApiListPromise<Item>): Promise<Item[]> =>
  list.autoPagingToArray({ limit: LISTED_MAX });

/** A hold captured in parts leaves a transaction for each; the charge itself names only the first. */
async function movements(client: Stripe, charge: Stripe.Charge): Promise<Stripe.BalanceTransaction[]> {
  const own = [charge.balance_transaction, charge.failure_balance_transaction].filter(isTransaction);
  const mayHaveMore = charge.payment_method_details?.card?.multicapture?.status === 'available';
  const known = own.reduce((sum, each) => sum + (each.currency === charge.currency ? each.amount : 0), 0);
  if (!mayHaveMore || known === charge.amount_captured) return own;
  const listed = await all(client.balanceTransactions.list({ source: charge.id, limit: PAGE }));
  return [...new Map([...own, ...listed].map((each) => [each.id, each])).values()];
}

const isTransaction = (
  value: string | Stripe.BalanceTransaction | null | undefined,
): value is Stripe.BalanceTransaction => typeof value === 'object' && value !== null;

function toCharge(
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
  refunds: readonly Stripe.Refund[],
  movements: readonly Stripe.BalanceTransaction[],
): ChargeFact {
  const stands = charge.paid && charge.status === 'succeeded';
  const isLatest = idOf(intent.latest_charge) === charge.id;
  const givenBack = refunds
    .filter((refund) => idOf(refund.charge) === charge.id && refundState(refund) !== 'failed')
    .reduce((sum, refund) => sum + refund.amount, 0);
  const open = stands && isLatest ? intent.amount_capturable : 0;
  // What the API counts as refunded and no refund accounts for was released from the hold. Never more than was left of it:
  // a refund may have ended between the two requests, or may not be in the balance yet.
  const released = Math.min(
    charge.amount_refunded - givenBack,
    charge.amount - charge.amount_captured - open,
  );
  return {
    chargeId: charge.id,
    at: charge.created * SECOND_MS,
    authorised: stands ? charge.amount : 0,
    captured: stands ? charge.amount_captured : 0,
    voided: stands ? Math.max(0, released) : 0,
    open,
    transactions: movements.map(toTransaction),
  };
}

const toRefund = (refund: Stripe.Refund): RefundFact => ({
  refundId: refund.id,
  at: refund.created * SECOND_MS,
  amount: refund.amount,
  state: refundState(refund),
  transactions: [refund.balance_transaction, refund.failure_balance_transaction]
    .filter(isTransaction)
    .map(toTransaction),
});

const toDispute = (dispute: Stripe.Dispute): DisputeFact => ({
  disputeId: dispute.id,
  at: dispute.created * SECOND_MS,
  currency: dispute.currency.toUpperCase(),
  amount: dispute.amount,
  state: disputeState(dispute),
  reason: dispute.reason,
  dueBy: evidenceDueBy(dispute),
  transactions: dispute.balance_transactions.map(toTransaction),
});

const toTransaction = (transaction: Stripe.BalanceTransaction): BalanceTransaction => ({
  id: transaction.id,
  category: transaction.reporting_category,
  at: transaction.created * SECOND_MS,
  availableAt: transaction.available_on * SECOND_MS,
  currency: transaction.currency.toUpperCase(),
  amount: transaction.amount,
  fee: transaction.fee,
  net: transaction.net,
  exchangeRate: transaction.exchange_rate === null ? null : String(transaction.exchange_rate),
});
