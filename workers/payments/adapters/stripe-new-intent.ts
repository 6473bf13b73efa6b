import type { Stripe } from 'stripe';
import type { CreatePaymentInput } from '#shared/contracts/payments.ts';

type Params = Stripe.PaymentIntentCreateParams;
type MethodOptions = Stripe.PaymentIntentCreateParams.PaymentMethodOptions;

const HELD = { capture_method: 'manual' } as const;
/** Several captures of one hold, for accounts and cards that have it (https://docs.stripe.com/payments/multicapture). */
const CARD = { request_multicapture: 'if_available' } as const;
/**
 * Methods that hold funds until they are captured; any other method offered settles by itself
 * (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method).
 */
const HELD_WHERE_POSSIBLE: MethodOptions = {
  card: { ...CARD, ...HELD },
  link: HELD,
  paypal: HELD,
  klarna: HELD,
  affirm: HELD,
  afterpay_clearpay: HELD,
  amazon_pay: HELD,
  cashapp: HELD,
  revolut_pay: HELD,
};

const CAPTURE: Record<
  CreatePaymentInput['captureMode'],
  Pick<Params, 'capture_method' | 'payment_method_options'>
> = {
  automatic: { capture_method: 'automatic' },
  manual: { capture_method: 'manual', payment_method_options: { card: CARD } },
  where_possible: { capture_method: 'automatic_async', payment_method_options: HELD_WHERE_POSSIBLE },
};

/** The payment intent of an order. Its metadata are what it is found by when its key is forgotten. */
export const newIntentParams = (input: CreatePaymentInput): Params => ({
  amount: input.amount.amount,
  currency: input.amount.currency.toLowerCase(),
  ...CAPTURE[input.captureMode],
  automatic_payment_methods: { enabled: true },
  metadata: {
    order_id: input.orderId,
    order_number: input.orderNumber,
    attempt: input.attempt ?? 1,
  },
  description: `Order ${input.orderNumber}`,
  ...(input.customerEmail === null ? {} : { receipt_email: input.customerEmail }),
});
