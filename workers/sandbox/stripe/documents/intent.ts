import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';

/** Builders of the API's objects with every member the SDK's types promise. Times are Unix seconds. */

/** Per type of method, as far as this world heeds them. */
export type MethodOptions = Partial<
  Record<
    string,
    {
      capture_method?: 'manual' | undefined;
      request_multicapture?: string | undefined;
      setup_future_usage?: string | undefined;
      verification_method?: unknown;
    }
  >
>;

export interface IntentInput {
  amount: number;
  currency: string;
  captureMethod: 'automatic' | 'automatic_async' | 'manual';
  confirmationMethod: 'automatic' | 'manual';
  automaticMethods: Stripe.PaymentIntent.AutomaticPaymentMethods | null;
  allowedTypes: string[] | null;
  excludedTypes: string[] | null;
  methodTypes: string[];
  metadata: Record<string, string>;
  description: string | null;
  receiptEmail: string | null;
  customer: string | null;
  statementDescriptor: string | null;
  statementDescriptorSuffix: string | null;
  setupFutureUsage: string | null;
  methodOptions: MethodOptions;
  shipping: Stripe.PaymentIntent.Shipping | null;
  transferGroup: string | null;
}

export function newIntent(input: IntentInput, now: number): Stripe.PaymentIntent {
  const id = stripeId('pi');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: input.allowedTypes,
    amount: input.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: input.automaticMethods,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: input.captureMethod,
    client_secret: stripeId(`${id}_secret`, 25),
    confirmation_method: input.confirmationMethod,
    created: now,
    currency: input.currency,
    customer: input.customer,
    customer_account: null,
    description: input.description,
    excluded_payment_method_types: input.excludedTypes,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: input.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: input.methodOptions,
    payment_method_types: input.methodTypes,
    payment_record: null,
    processing: null,
    receipt_email: input.receiptEmail,
    review: null,
    setup_future_usage: input.setupFutureUsage,
    shipping: input.shipping,
    source: null,
    statement_descriptor: input.statementDescriptor,
    statement_descriptor_suffix: input.statementDescriptorSuffix,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: input.transferGroup,
  };
}
