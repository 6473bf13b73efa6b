import type { Stripe } from 'stripe';
import type { PaymentError } from '#shared/contracts/payments.ts';
import type { PaymentAdvice } from '#shared/domain/payment-advice.ts';

type Outcome = PaymentError['code'];
type Known<Code> = Code extends string ? (string extends Code ? never : Code) : never;
/** Every code the pinned version of the API can answer with. */
type Code = Known<NonNullable<Stripe.PaymentIntent.LastPaymentError['code']>>;
/** Documented before, or of other parts of the API; answered by no call of ours. */
type FormerCode =
  | 'account_already_exists'
  | 'order_creation_failed'
  | 'order_required_settings'
  | 'order_status_invalid'
  | 'order_upstream_timeout'
  | 'payment_intent_fx_quote_invalid'
  | 'upstream_order_creation_failed';

/** The bank, the method or the customer said no; what the customer can do about it. */
const DECLINED = {
  account_closed: 'bank_account',
  account_number_invalid: 'bank_account',
  // Where the account settles in another currency the least can be more than our table says.
  amount_too_small: 'another_method',
  approval_required: 'ask_bank',
  bank_account_bad_routing_numbers: 'bank_account',
  bank_account_declined: 'bank_account',
  bank_account_restricted: 'bank_account',
  bank_account_unusable: 'bank_account',
  bank_account_unverified: 'bank_account',
  bank_account_verification_failed: 'bank_account',
  billing_invalid_mandate: 'another_method',
  card_decline_rate_limit_exceeded: 'try_again',
  card_declined: 'another_method',
  cardholder_phone_number_required: 'another_method',
  charge_exceeds_source_limit: 'limit_exceeded',
  charge_exceeds_transaction_limit: 'limit_exceeded',
  clearing_code_unsupported: 'bank_account',
  debit_not_authorized: 'bank_account',
  expired_card: 'expired',
  expired_payment_method: 'another_method',
  incorrect_address: 'check_address',
  incorrect_cvc: 'check_security_code',
  incorrect_number: 'check_number',
  incorrect_postal_code: 'check_address',
  incorrect_zip: 'check_address',
  india_recurring_payment_mandate_canceled: 'another_method',
  insufficient_funds: 'insufficient_funds',
  invalid_card_type: 'another_method',
  invalid_cvc: 'check_security_code',
  invalid_expiry_month: 'check_expiry',
  invalid_expiry_year: 'check_expiry',
  invalid_number: 'check_number',
  invalid_source_usage: 'another_method',
  no_account: 'bank_account',
  payment_intent_konbini_rejected_confirmation_number: 'try_again',
  payment_intent_mandate_invalid: 'another_method',
  payment_intent_payment_attempt_expired: 'try_again',
  payment_intent_payment_attempt_failed: 'another_method',
  payment_method_bank_account_blocked: 'bank_account',
  payment_method_billing_details_address_missing: 'check_address',
  payment_method_currency_mismatch: 'currency',
  payment_method_customer_decline: 'another_method',
  payment_method_microdeposit_failed: 'bank_account',
  payment_method_microdeposit_processing_error: 'bank_account',
  payment_method_microdeposit_verification_amounts_invalid: 'bank_account',
  payment_method_microdeposit_verification_amounts_mismatch: 'bank_account',
  payment_method_microdeposit_verification_attempts_exceeded: 'bank_account',
  payment_method_microdeposit_verification_descriptor_code_mismatch: 'bank_account',
  payment_method_microdeposit_verification_timeout: 'bank_account',
  payment_method_not_available: 'try_again',
  payment_method_provider_decline: 'another_method',
  payment_method_provider_timeout: 'try_again',
  payment_method_restricted: 'another_method',
  payment_method_unactivated: 'another_method',
  payment_method_unsupported_type: 'another_method',
  postal_code_invalid: 'check_address',
  processing_error: 'try_again',
  refer_to_customer: 'ask_bank',
  routing_number_invalid: 'bank_account',
  sepa_unsupported_account: 'bank_account',
  setup_attempt_failed: 'another_method',
  setup_intent_mandate_invalid: 'another_method',
  setup_intent_setup_attempt_expired: 'try_again',
} as const satisfies Partial<Record<Code, PaymentAdvice>>;

/** Only the customer can go on: the payment waits for him. */
const NEEDS_ACTION = {
  authentication_failure: 'authentication_failed',
  authentication_required: 'authenticate',
  invoice_payment_intent_requires_action: 'authenticate',
  payment_intent_action_required: 'authenticate',
  payment_intent_authentication_failure: 'authentication_failed',
  setup_intent_authentication_failure: 'authentication_failed',
  three_d_secure_authentication_not_supported: 'another_method',
} as const satisfies Partial<Record<Code, PaymentAdvice>>;

/** What the payment has come to decides, not a repeat. */
const INVALID_STATE = [
  'amount_too_large',
  'capture_charge_authorization_expired',
  'capture_unauthorized_payment',
  'charge_already_captured',
  'charge_already_refunded',
  'charge_disputed',
  'charge_expired_for_capture',
  'charge_not_refundable',
  'customer_max_payment_methods',
  'intent_invalid_state',
  'invalid_charge_amount',
  'payment_intent_incompatible_payment_method',
  'payment_intent_unexpected_state',
  'payment_method_bank_account_already_verified',
  'payment_method_unexpected_state',
  'refund_disputed_payment',
  'resource_already_exists',
  'return_intent_already_processed',
  'setup_intent_unexpected_state',
  'status_transition_invalid',
  'token_already_used',
  'token_in_use',
] as const satisfies readonly Code[];

const NOT_FOUND = ['resource_missing'] as const satisfies readonly Code[];

/** The same again, later, may do. */
const RETRIABLE = [
  'acss_debit_session_incomplete',
  'balance_insufficient',
  'financial_connections_no_successful_transaction_refresh',
  'forwarding_api_retryable_upstream_error',
  'forwarding_api_upstream_connection_error',
  'forwarding_api_upstream_connection_timeout',
  'forwarding_api_upstream_error',
  'idempotency_key_in_use',
  'lock_timeout',
  'order_upstream_timeout',
  'payout_reconciliation_not_ready',
  'shipping_calculation_failed',
  'taxes_calculation_failed',
  'terminal_reader_busy',
  'terminal_reader_offline',
  'terminal_reader_timeout',
  'three_d_secure_authentication_upstream_error',
] as const satisfies readonly (Code | FormerCode)[];

const RATE_LIMITED = ['payment_intent_rate_limit_exceeded', 'rate_limit'] as const satisfies readonly Code[];

/** A call, a key, an account or a setting is wrong: a person must see to it. */
const MISCONFIGURED = [
  'account_already_exists',
  'account_country_invalid_address',
  'account_error_country_change_requires_additional_steps',
  'account_information_mismatch',
  'account_invalid',
  'account_token_required_for_v2_account',
  'action_blocked',
  'alipay_upgrade_required',
  'anomalous_money_movement_request',
  'api_key_expired',
  'application_fees_not_allowed',
  'balance_invalid_parameter',
  'bank_account_exists',
  'bitcoin_upgrade_required',
  'capability_not_active',
  'charge_invalid_parameter',
  'country_code_invalid',
  'country_unsupported',
  'coupon_expired',
  'customer_max_subscriptions',
  'customer_session_expired',
  'customer_tax_location_invalid',
  'dispute_evidence_page_limit_exceeded',
  'email_invalid',
  'failed_tax_calculation',
  'financial_account_balance_does_not_support_currency',
  'financial_account_capability_not_enabled',
  'financial_account_capability_restricted',
  'financial_connections_account_inactive',
  'financial_connections_account_pending_account_numbers',
  'financial_connections_account_unavailable_account_numbers',
  'financial_connections_consent_locale_invalid',
  'financial_connections_consent_locale_unsupported',
  'forwarding_api_inactive',
  'forwarding_api_invalid_parameter',
  'instant_payouts_config_disabled',
  'instant_payouts_currency_disabled',
  'instant_payouts_limit_exceeded',
  'instant_payouts_unsupported',
  'intent_verification_method_missing',
  'invalid_canceled_subscription_fields',
  'invalid_characters',
  'invalid_mandate_reference_prefix_format',
  'invalid_tax_location',
  'invoice_no_customer_line_items',
  'invoice_no_payment_method_types',
  'invoice_no_subscription_line_items',
  'invoice_not_editable',
  'invoice_on_behalf_of_not_editable',
  'invoice_upcoming_none',
  'livemode_mismatch',
  'missing',
  'not_allowed_on_standard_account',
  'order_creation_failed',
  'order_required_settings',
  'order_status_invalid',
  'out_of_inventory',
  'ownership_declaration_not_allowed',
  'parameter_invalid_empty',
  'parameter_invalid_integer',
  'parameter_invalid_string_blank',
  'parameter_invalid_string_empty',
  'parameter_missing',
  'parameter_unknown',
  'parameters_exclusive',
  'payment_evaluation_on_api_version_not_supported',
  'payment_intent_fx_quote_invalid',
  'payment_intent_invalid_parameter',
  'payment_method_configuration_failures',
  'payment_method_invalid_parameter',
  'payment_method_invalid_parameter_testmode',
  'payouts_limit_exceeded',
  'payouts_not_allowed',
  'platform_account_required',
  'platform_api_key_expired',
  'product_inactive',
  'progressive_onboarding_limit_exceeded',
  'request_blocked',
  'secret_key_required',
  'service_period_coupon_with_metered_tiered_item_unsupported',
  'setup_intent_invalid_parameter',
  'setup_intent_mobile_wallet_unsupported',
  'shipping_address_invalid',
  'siret_invalid',
  'sku_inactive',
  'smart_disputes_not_available',
  'state_unsupported',
  'storer_capability_missing',
  'storer_capability_not_active',
  'stripe_tax_inactive',
  'subscription_update_trial_after_billing_cycle_anchor',
  'tax_id_invalid',
  'tax_id_prohibited',
  'terminal_location_country_unsupported',
  'terminal_reader_hardware_fault',
  'terminal_reader_invalid_location_for_activation',
  'terminal_reader_invalid_location_for_payment',
  'testmode_charges_only',
  'tls_version_unsupported',
  'token_card_network_invalid',
  'transfer_source_balance_parameters_mismatch',
  'transfers_not_allowed',
  'upstream_order_creation_failed',
  'url_invalid',
] as const satisfies readonly (Code | FormerCode)[];

type Listed =
  | keyof typeof DECLINED
  | keyof typeof NEEDS_ACTION
  | (typeof INVALID_STATE)[number]
  | (typeof NOT_FOUND)[number]
  | (typeof RETRIABLE)[number]
  | (typeof RATE_LIMITED)[number]
  | (typeof MISCONFIGURED)[number];
/** Fails to compile when a later version of the API brings a code that is in no list. */
type Unlisted = Exclude<Code, Listed>;
const EVERY_CODE_IS_LISTED: [Unlisted] extends [never] ? true : Unlisted = true;

const listed = (outcome: Outcome, codes: readonly string[]): [string, Outcome][] =>
  codes.map((code) => [code, outcome]);

/** What each published code means to us (https://docs.stripe.com/error-codes). */
export const CODE_OUTCOMES: ReadonlyMap<string, Outcome> = new Map(
  EVERY_CODE_IS_LISTED
    ? [
        ...listed('declined', Object.keys(DECLINED)),
        ...listed('needs_action', Object.keys(NEEDS_ACTION)),
        ...listed('invalid_state', INVALID_STATE),
        ...listed('not_found', NOT_FOUND),
        ...listed('retriable', RETRIABLE),
        ...listed('rate_limited', RATE_LIMITED),
        ...listed('misconfigured', MISCONFIGURED),
      ]
    : [],
);

const ADVICE = new Map<string, PaymentAdvice>(Object.entries({ ...DECLINED, ...NEEDS_ACTION }));
/** What the customer can do, where the code says it; a decline code says more. */
export const codeAdvice = (code: string | null): PaymentAdvice | null =>
  code === null ? null : (ADVICE.get(code) ?? null);
