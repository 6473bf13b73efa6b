import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';

export interface SetupInput {
  automaticMethods: Stripe.SetupIntent.AutomaticPaymentMethods | null;
  allowedTypes: string[] | null;
  excludedTypes: string[] | null;
  methodTypes: string[];
  customer: string | null;
  description: string | null;
  metadata: Record<string, string>;
  usage: 'off_session' | 'on_session';
}

/** Saves a method without a payment (https://docs.stripe.com/api/setup_intents/object). */
export function newSetup(input: SetupInput, now: number): Stripe.SetupIntent {
  const id = stripeId('seti');
  return {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: input.allowedTypes,
    application: null,
    automatic_payment_methods: input.automaticMethods,
    cancellation_reason: null,
    client_secret: stripeId(`${id}_secret`, 25),
    created: now,
    customer: input.customer,
    customer_account: null,
    description: input.description,
    excluded_payment_method_types: input.excludedTypes,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: input.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: input.methodTypes,
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: input.usage,
  };
}
