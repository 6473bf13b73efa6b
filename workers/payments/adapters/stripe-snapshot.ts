import type { Stripe } from 'stripe';
import { idSchema } from '#shared/ids/ids.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { currencySchema } from '#shared/money/money.ts';
import {
  paymentError,
  type PaymentError,
  type PaymentRefund,
  type PaymentSnapshot,
} from '#shared/contracts/payments.ts';
import { holdMs } from '#shared/domain/payment-methods.ts';
import { adviceText } from '#shared/domain/payment-advice.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { toDisputes, toInstructions, toInstrument, toRisk, toVerification } from './stripe-details.ts';
import { adviceOf } from './stripe-errors.ts';
import { isWithCustomer, refundState } from './stripe-refunds.ts';

/** Our name of a refund, left with it at the provider. */
export const REFERENCE = 'reference';

type LastError = NonNullable<PaymentSnapshot['lastError']>;

const STATES: Partial<Record<string, PaymentSnapshot['state']>> = {
  requires_payment_method: 'requires_payment',
  requires_confirmation: 'requires_payment',
  requires_action: 'requires_action',
  processing: 'processing',
  requires_capture: 'authorised',
  succeeded: 'captured',
  canceled: 'cancelled',
} satisfies Record<
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled',
  PaymentSnapshot['state']
>;

const ORDER_ID = idSchema('order');
/** Which payment of which order it is, by what we left with it; null: of no order of ours. */
export const nameOf = ({ metadata }: Pick<Stripe.PaymentIntent, 'metadata'>) => ({
  orderId: ORDER_ID.safeParse(metadata['order_id']).data ?? null,
  attempt: Math.max(1, Number.parseInt(metadata['attempt'] ?? '1', 10) || 1),
});

/** What belongs to a payment intent beside itself. */
export interface IntentParts {
  refunds: readonly Stripe.Refund[];
  disputes: readonly Stripe.Dispute[];
}

/** One payment intent, with `latest_charge` expanded, as the rest of the system sees a payment. */
export function toSnapshot(
  intent: Stripe.PaymentIntent,
  { refunds, disputes }: IntentParts,
): Result<PaymentSnapshot, PaymentError> {
  const state = STATES[intent.status];
  const currency = currencySchema.safeParse(intent.currency.toUpperCase());
  const { orderId, attempt } = nameOf(intent);
  if (orderId === null) return fail(paymentError('not_found', `payment ${intent.id} belongs to no order`));
  if (state === undefined || !currency.success) {
    return fail(
      paymentError(
        'misconfigured',
        `payment ${intent.id} has status ${intent.status} and currency ${intent.currency}`,
      ),
    );
  }
  const charge = typeof intent.latest_charge === 'string' ? null : intent.latest_charge;
  const details = charge?.payment_method_details ?? null;
  const own = refunds.filter((refund) => !isRelease(refund));
  const verification = toVerification(intent);
  const refunded = charge === null ? 0 : Math.max(refundedOf(intent, charge), leftWith(own));
  return ok({
    paymentId: intent.id,
    orderId,
    attempt,
    state,
    currency: currency.data,
    amount: intent.amount,
    authorised: charge?.paid === true ? charge.amount : 0,
    captured: intent.amount_received,
    refunded,
    capturable: intent.amount_capturable,
    captureBefore: intent.amount_capturable > 0 ? captureBeforeOf(charge) : null,
    multicapture: details?.card?.multicapture?.status === 'available',
    method: verification === null ? (details?.type ?? null) : chosenMethod(intent),
    refunds: own.map(toRefund),
    clientSecret: intent.client_secret ?? '',
    lastError: intent.last_payment_error === null ? null : toLastError(intent.last_payment_error),
    disputes: toDisputes(disputes, { currency: intent.currency, left: intent.amount_received - refunded }),
    instrument: toInstrument(charge),
    risk: toRisk(intent, charge),
    instructions: toInstructions(intent),
    verification,
  });
}

/** The method of this attempt, of which there is no charge yet. */
const chosenMethod = ({ payment_method: method }: Stripe.PaymentIntent): string | null =>
  method === null || typeof method === 'string' ? null : method.type;

/**
 * What went back to the customer. The API also counts the part of a hold that the last capture left, or that a
 * cancellation released, as refunded; that money never left the customer.
 */
function refundedOf(intent: Stripe.PaymentIntent, charge: Stripe.Charge): number {
  const released = charge.amount - charge.amount_captured - intent.amount_capturable;
  return Math.max(0, charge.amount_refunded - Math.max(0, released));
}

/** Counted by ourselves where some of it is in the customer's balance: whether the charge still counts that is nowhere told. */
const leftWith = (refunds: readonly Stripe.Refund[]): number =>
  refunds.some(isWithCustomer)
    ? refunds
        .filter((refund) => refundState(refund) !== 'failed')
        .reduce((sum, { amount }) => sum + amount, 0)
    : 0;

/** Cards tell, in seconds. Of any other method it follows from the table, from when its hold began. */
function captureBeforeOf(charge: Stripe.Charge | null): number | null {
  const details = charge?.payment_method_details ?? null;
  const seconds = details?.card?.capture_before;
  if (seconds !== undefined) return seconds * SECOND_MS;
  const lasts = details === null ? null : holdMs(details.type);
  return charge === null || lasts === null ? null : charge.created * SECOND_MS + lasts;
}

/** The API may list a released hold among the refunds: it moved no money, so there is no transaction of the balance. */
export const isRelease = (refund: Stripe.Refund): boolean =>
  refund.status === 'succeeded' &&
  refund.balance_transaction === null &&
  !(REFERENCE in (refund.metadata ?? {}));

const toRefund = (refund: Stripe.Refund): PaymentRefund => ({
  refundId: refund.id,
  amount: refund.amount,
  state: refundState(refund),
  reference: refund.metadata?.[REFERENCE] ?? null,
});

const toLastError = (error: Stripe.PaymentIntent.LastPaymentError): LastError => {
  const declineCode = error.decline_code ?? null;
  const advice = adviceOf(error.code ?? null, declineCode);
  return { code: error.code ?? error.type, declineCode, advice, message: adviceText(advice) };
};
