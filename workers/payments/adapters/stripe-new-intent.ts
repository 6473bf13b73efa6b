import type { Stripe } from 'stripe';
import { PAYMENT_METHODS } from '#shared/domain/payment-methods.ts';
import { UNKNOWN_TYPES } from './stripe-method-types.ts';
import { transferOptions } from './stripe-transfers.ts';
import type { NewPayment } from '../usecases/ports.ts';

type Params = Stripe.PaymentIntentCreateParams;
type MethodOptions = Stripe.PaymentIntentCreateParams.PaymentMethodOptions;

/** Several captures of one hold, for accounts and cards that have it (https://docs.stripe.com/payments/multicapture). */
const MULTICAPTURE = { request_multicapture: 'if_available' } as const;
const OFF_SESSION = { setup_future_usage: 'off_session' } as const;
/** https://docs.stripe.com/payments/3d-secure/authentication-flow#manual-three-ds */
const CHALLENGE = { request_three_d_secure: 'challenge' } as const;

const MODES = {
  automatic: 'automatic',
  manual: 'manual',
  /** Each method by itself: those that hold funds are told so below, the others settle by themselves. */
  where_possible: 'automatic_async',
} as const;

/**
 * What is asked of each method, from the table of methods. What is charged without its holder was kept before, and cannot
 * be kept in the same step (https://docs.stripe.com/api/payment_intents/create#create_payment_intent-off_session).
 */
function methodOptions(input: NewPayment): MethodOptions {
  const { captureMode, challenge = false, amount, account } = input;
  const isKept = input.saveMethod === true && !isChargedAtOnce(input);
  const options: Record<string, unknown> = transferOptions(amount.currency, account);
  for (const { method, capture, multicapture, savable } of PAYMENT_METHODS) {
    const isHeld = capture === 'manual' && captureMode === 'where_possible';
    const asked = {
      ...(multicapture === 'if_available' && captureMode !== 'automatic' ? MULTICAPTURE : {}),
      ...(isHeld ? { capture_method: 'manual' } : {}),
      ...(savable && isKept ? OFF_SESSION : {}),
      ...(method === 'card' && challenge ? CHALLENGE : {}),
    };
    if (Object.keys(asked).length > 0) options[method] = asked;
  }
  return options;
}

/**
 * A kept method is charged without its holder, in the request that opens the payment. Whoever confirms must say where the
 * customer comes back to as long as the payment is open to methods that send him elsewhere, whichever one is charged
 * (https://docs.stripe.com/api/payment_intents/create#create_payment_intent-automatic_payment_methods-allow_redirects).
 */
const chargedAtOnce = (input: NewPayment): Partial<Params> =>
  isChargedAtOnce(input)
    ? {
        payment_method: input.savedMethodId,
        confirm: true,
        off_session: true,
        ...(input.returnUrl === undefined ? {} : { return_url: input.returnUrl }),
      }
    : {};

export const isChargedAtOnce = (input: NewPayment): input is NewPayment & { savedMethodId: string } =>
  typeof input.savedMethodId === 'string';

/** The payment intent of an order. Its metadata are what it is found by when its key is forgotten. */
export function newIntentParams(input: NewPayment): Params {
  const options = methodOptions(input);
  return {
    amount: input.amount.amount,
    currency: input.amount.currency.toLowerCase(),
    capture_method: MODES[input.captureMode],
    ...(Object.keys(options).length === 0 ? {} : { payment_method_options: options }),
    automatic_payment_methods: { enabled: true },
    excluded_payment_method_types: UNKNOWN_TYPES,
    metadata: {
      order_id: input.orderId,
      order_number: input.orderNumber,
      attempt: input.attempt ?? 1,
    },
    description: `Order ${input.orderNumber}`,
    ...(input.customerEmail === null ? {} : { receipt_email: input.customerEmail }),
    ...(typeof input.account === 'string' ? { customer: input.account } : {}),
    ...chargedAtOnce(input),
  };
}
