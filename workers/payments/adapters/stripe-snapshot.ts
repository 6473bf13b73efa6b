import type { Stripe } from 'stripe';
import { idSchema } from '#shared/ids/ids.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { currencySchema } from '#shared/money/money.ts';
import type { PaymentError, PaymentSnapshot } from '#shared/contracts/payments.ts';

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
const UNEXPLAINED = 'The payment did not go through. Please try again or use another payment method.';

/** One payment intent, with `latest_charge` expanded, as the rest of the system sees a payment. */
export function toSnapshot(intent: Stripe.PaymentIntent): Result<PaymentSnapshot, PaymentError> {
  const state = STATES[intent.status];
  const currency = currencySchema.safeParse(intent.currency.toUpperCase());
  const orderId = ORDER_ID.safeParse(intent.metadata['order_id']);
  if (!orderId.success)
    return fail({ code: 'not_found', message: `payment ${intent.id} belongs to no order` });
  if (state === undefined || !currency.success) {
    return fail({
      code: 'misconfigured',
      message: `payment ${intent.id} has status ${intent.status} and currency ${intent.currency}`,
    });
  }
  const charge = typeof intent.latest_charge === 'string' ? null : intent.latest_charge;
  return ok({
    paymentId: intent.id,
    orderId: orderId.data,
    state,
    currency: currency.data,
    amount: intent.amount,
    authorised: charge?.paid === true ? charge.amount : 0,
    captured: intent.amount_received,
    refunded: charge === null ? 0 : refundedOf(charge),
    clientSecret: intent.client_secret ?? '',
    lastError: intent.last_payment_error === null ? null : toLastError(intent.last_payment_error),
  });
}

/**
 * What went back to the customer. The API also counts the part of a hold that a capture left, or that a cancellation
 * released, as refunded; that money never left the customer.
 */
function refundedOf(charge: Stripe.Charge): number {
  const released = charge.amount - charge.amount_captured;
  return Math.max(0, charge.amount_refunded - released);
}

/** Only the words of a card error are meant for the customer (https://docs.stripe.com/api/errors). */
const toLastError = (error: Stripe.PaymentIntent.LastPaymentError): LastError => ({
  code: error.code ?? error.type,
  declineCode: error.decline_code ?? null,
  message: error.type === 'card_error' && error.message !== undefined ? error.message : UNEXPLAINED,
});
