import { z } from 'zod';
import { failure } from './payments.ts';
import {
  address,
  billingDetails,
  currency,
  head,
  int,
  livemode,
  maybe,
  maybeText,
  metadata,
  nothing,
  seconds,
  shipping,
  text,
} from './parts.ts';

/** Customers and what they keep (https://docs.stripe.com/api/customers/object and its neighbours). */

const living = z.strictObject({
  ...head('customer', 'cus'),
  address: address.nullable(),
  balance: int,
  currency: currency.nullable(),
  default_source: nothing,
  delinquent: z.boolean(),
  description: maybeText,
  discount: nothing,
  email: maybeText,
  invoice_prefix: text,
  invoice_settings: z.strictObject({
    custom_fields: nothing,
    default_payment_method: maybe('pm'),
    footer: nothing,
    rendering_options: nothing,
  }),
  livemode,
  metadata,
  name: maybeText,
  next_invoice_sequence: int,
  phone: maybeText,
  preferred_locales: z.array(text),
  shipping: shipping.nullable(),
  tax_exempt: z.enum(['none', 'exempt', 'reverse']),
  test_clock: nothing,
});
const deleted = z.strictObject({
  id: living.shape.id,
  object: z.literal('customer'),
  deleted: z.literal(true),
  created: seconds.optional(),
});
export const customer = z.union([living, deleted]);

/** Exactly one member of its type's name. */
export const paymentMethod = z
  .looseObject({
    ...head('payment_method', 'pm'),
    allow_redisplay: z.enum(['always', 'limited', 'unspecified']),
    billing_details: billingDetails,
    customer: maybe('cus'),
    customer_account: nothing,
    livemode,
    metadata,
    type: text,
  })
  .refine((method) => typeof method[method.type] === 'object', 'has no member of its type');

export const setupIntent = z.strictObject({
  ...head('setup_intent', 'seti'),
  allowed_payment_method_types: z.array(text).nullable(),
  application: nothing,
  automatic_payment_methods: z.strictObject({
    enabled: z.boolean(),
    allow_redirects: z.enum(['always', 'never']),
  }),
  cancellation_reason: z.enum(['abandoned', 'duplicate', 'requested_by_customer']).nullable(),
  client_secret: z.string().regex(/^seti_\w+_secret_\w+$/),
  customer: maybe('cus'),
  customer_account: nothing,
  description: maybeText,
  excluded_payment_method_types: z.array(text).nullable(),
  flow_directions: nothing,
  last_setup_error: failure.nullable(),
  latest_attempt: maybe('setatt'),
  livemode,
  mandate: maybe('mandate'),
  /** Not shown to browsers. */
  metadata: metadata.optional(),
  next_action: z.looseObject({ type: text }).nullable(),
  on_behalf_of: nothing,
  payment_method: maybe('pm'),
  payment_method_configuration_details: nothing,
  payment_method_options: z.record(z.string(), z.looseObject({})),
  payment_method_types: z.array(text),
  single_use_mandate: nothing,
  status: z.enum([
    'canceled',
    'processing',
    'requires_action',
    'requires_confirmation',
    'requires_payment_method',
    'succeeded',
  ]),
  usage: z.enum(['off_session', 'on_session']),
});

export const cashBalance = z.strictObject({
  object: z.literal('cash_balance'),
  available: z.record(currency, int.min(0)),
  customer: text,
  customer_account: nothing,
  livemode,
  settings: z.strictObject({
    reconciliation_mode: z.enum(['automatic', 'manual']),
    using_merchant_default: z.boolean(),
  }),
});
export const cashTransaction = z.looseObject({
  ...head('customer_cash_balance_transaction', 'ccsbtxn'),
  currency,
  customer: text,
  customer_account: nothing,
  ending_balance: int.min(0),
  livemode,
  net_amount: int,
  type: z.enum([
    'funded',
    'applied_to_payment',
    'unapplied_from_payment',
    'return_initiated',
    'return_canceled',
  ]),
});
