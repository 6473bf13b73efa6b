import type { Stripe } from 'stripe';
import type { TestMethod } from './cards.ts';
import { stripeId } from './ids.ts';

/** Builders of the API's objects with every member the SDK's types promise. Times are Unix seconds. */

/** Per type of method, as far as this world heeds them. */
export type MethodOptions = Partial<
  Record<string, { capture_method?: 'manual' | undefined; request_multicapture?: string | undefined }>
>;

export interface IntentInput {
  amount: number;
  currency: string;
  captureMethod: 'automatic' | 'automatic_async' | 'manual';
  confirmationMethod: 'automatic' | 'manual';
  automaticMethods: Stripe.PaymentIntent.AutomaticPaymentMethods | null;
  methodTypes: string[];
  metadata: Record<string, string>;
  description: string | null;
  receiptEmail: string | null;
  customer: string | null;
  statementDescriptor: string | null;
  statementDescriptorSuffix: string | null;
  setupFutureUsage: string | null;
  methodOptions: MethodOptions;
}

export function newIntent(input: IntentInput, now: number): Stripe.PaymentIntent {
  const id = stripeId('pi');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
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
    excluded_payment_method_types: null,
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
    shipping: null,
    source: null,
    statement_descriptor: input.statementDescriptor,
    statement_descriptor_suffix: input.statementDescriptorSuffix,
    status: 'requires_payment_method',
    transfer_group: null,
  };
}

const NO_DETAILS = { address: null, email: null, name: null, phone: null, tax_id: null };

export function newMethod(method: TestMethod, now: number): Stripe.PaymentMethod {
  const base = {
    id: stripeId('pm'),
    object: 'payment_method' as const,
    billing_details: NO_DETAILS,
    created: now,
    customer: null,
    customer_account: null,
    livemode: false,
    // The API keeps no card number; which test method it is must be known when it is charged.
    metadata: { sandbox_method: method.token },
  };
  if (method.type === 'us_bank_account') return { ...base, type: method.type };
  const last4 = method.number?.slice(-4) ?? '';
  if (method.type === 'sepa_debit') {
    return {
      ...base,
      type: method.type,
      sepa_debit: {
        bank_code: '19043',
        branch_code: '',
        country: method.brand,
        fingerprint: method.token,
        generated_from: null,
        last4,
      },
    };
  }
  return {
    ...base,
    type: 'card',
    card: {
      brand: method.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: method.brand,
      exp_month: 12,
      exp_year: new Date(now * 1000).getUTCFullYear() + 3,
      fingerprint: method.token,
      funding: 'credit',
      generated_from: null,
      last4,
      networks: { available: [method.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  };
}

export interface ChargeFate {
  status: 'succeeded' | 'pending' | 'failed';
  captured: boolean;
  /** Until when the hold stands, Unix seconds; null when nothing is held. */
  captureBefore: number | null;
  failure: { code: string; message: string } | null;
}

export function newCharge(
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  fate: ChargeFate,
  now: number,
): Stripe.Charge {
  return {
    id: stripeId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: fate.captured ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: NO_DETAILS,
    calculated_statement_descriptor: 'TRADEPOST SANDBOX',
    captured: fate.captured,
    created: now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: fate.failure?.code ?? null,
    failure_message: fate.failure?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null,
    paid: fate.status === 'succeeded',
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: methodDetails(intent, method, fate.captureBefore),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: fate.status,
    transfer_data: null,
    transfer_group: null,
  };
}

function methodDetails(
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  captureBefore: number | null,
): Stripe.Charge.PaymentMethodDetails {
  if (method.sepa_debit !== undefined) {
    const { bank_code, branch_code, country, fingerprint, last4 } = method.sepa_debit;
    return {
      type: 'sepa_debit',
      sepa_debit: { bank_code, branch_code, country, fingerprint, last4, mandate: null },
    };
  }
  const { card } = method;
  if (card === undefined) return { type: method.type };
  const asked = (intent.payment_method_options as MethodOptions | null)?.['card']?.request_multicapture;
  return {
    type: 'card',
    card: {
      amount_authorized: intent.amount,
      authorization_code: null,
      brand: card.brand,
      ...(captureBefore === null ? {} : { capture_before: captureBefore }),
      checks: card.checks,
      country: card.country,
      electronic_commerce_indicator: null,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      fingerprint: card.fingerprint ?? null,
      funding: card.funding,
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4: card.last4,
      mandate: null,
      multicapture: {
        status: captureBefore !== null && asked === 'if_available' ? 'available' : 'unavailable',
      },
      network: card.brand,
      network_transaction_id: null,
      regulated_status: card.regulated_status,
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
  };
}

export interface RefundInput {
  status: 'pending' | 'succeeded';
  amount: number;
  reason: string | null;
  metadata: Record<string, string>;
}

export function newRefund(charge: Stripe.Charge, input: RefundInput, now: number): Stripe.Refund {
  return {
    id: stripeId('re'),
    object: 'refund',
    amount: input.amount,
    balance_transaction: input.status === 'pending' ? null : stripeId('txn'),
    charge: charge.id,
    created: now,
    currency: charge.currency,
    customer: null,
    customer_account: null,
    metadata: input.metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: input.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: input.status,
    transfer_reversal: null,
  };
}

export const newCustomer = (
  input: {
    email: string | null;
    name: string | null;
    description: string | null;
    metadata: Record<string, string>;
  },
  now: number,
): Stripe.Customer => ({
  id: stripeId('cus', 14),
  object: 'customer',
  balance: 0,
  created: now,
  default_source: null,
  description: input.description,
  email: input.email,
  name: input.name,
  invoice_settings: {
    custom_fields: null,
    default_payment_method: null,
    footer: null,
    rendering_options: null,
  },
  livemode: false,
  metadata: input.metadata,
  shipping: null,
});
