import { Stripe } from 'stripe';
import { paymentError, type PaymentError } from '#shared/contracts/payments.ts';

type ErrorName = {
  [Name in keyof typeof Stripe.errors]: Name extends `generate${string}` ? never : Name;
}[keyof typeof Stripe.errors];

/** States in which a step makes no sense: the present state decides, not a repeat. */
const STATE_CODES = new Set([
  'payment_intent_unexpected_state',
  'charge_already_captured',
  'charge_already_refunded',
  'charge_expired_for_capture',
  'charge_not_refundable',
  'payment_intent_incompatible_payment_method',
  'amount_too_large',
]);

/** What can be wrong about these depends on what the payment has come to. */
const STATE_PARAMS = new Set(['amount', 'amount_to_capture', 'final_capture']);

const requestFault = (error: Stripe.errors.StripeError): PaymentError['code'] => {
  if (error.code === 'resource_missing' || error.statusCode === 404) return 'not_found';
  const ofState = STATE_CODES.has(error.code ?? '') || STATE_PARAMS.has(error.param ?? '');
  return ofState ? 'invalid_state' : 'misconfigured';
};

/**
 * Every error the SDK knows and what it means to us: a class that a later SDK adds fails to compile here.
 * `misconfigured` never mends itself: a wrong key, a key used for two things, a call this code should not make.
 */
const MEANING: Record<ErrorName, PaymentError['code'] | typeof requestFault> = {
  StripeCardError: 'declined',
  StripeInvalidRequestError: requestFault,
  StripeRateLimitError: 'rate_limited',
  RateLimitError: 'rate_limited',
  StripeConnectionError: 'retriable',
  StripeAPIError: 'retriable',
  TemporarySessionExpiredError: 'retriable',
  StripeError: 'retriable',
  StripeAuthenticationError: 'misconfigured',
  StripePermissionError: 'misconfigured',
  StripeIdempotencyError: 'misconfigured',
  StripeSignatureVerificationError: 'misconfigured',
  StripeOAuthError: 'misconfigured',
  StripeInvalidGrantError: 'misconfigured',
  StripeInvalidClientError: 'misconfigured',
  StripeOAuthInvalidRequestError: 'misconfigured',
  StripeInvalidScopeError: 'misconfigured',
  StripeUnsupportedGrantTypeError: 'misconfigured',
  StripeUnsupportedResponseTypeError: 'misconfigured',
  AlreadyCanceledError: 'invalid_state',
  NotCancelableError: 'invalid_state',
  InsufficientFundsError: 'declined',
  BlockedByStripeError: 'declined',
  InvalidPaymentMethodError: 'declined',
  CannotProceedError: 'misconfigured',
  CapabilityNotEnabledError: 'misconfigured',
  ControlledByAlternateResourceError: 'misconfigured',
  FeatureNotEnabledError: 'misconfigured',
  FinancialAccountNotOpenError: 'misconfigured',
  FxQuoteNeedsRefreshError: 'misconfigured',
  InvalidPayoutMethodError: 'misconfigured',
  InvalidVaultedCredentialError: 'misconfigured',
  QuotaExceededError: 'misconfigured',
  RecipientNotNotifiableError: 'misconfigured',
  VerificationAttemptFailedError: 'misconfigured',
  VerificationExpiredError: 'misconfigured',
  VerificationNotInitiatedError: 'misconfigured',
};

/** Our error for one the SDK threw. Anything else is a fault of this code and is thrown on. */
export function toPaymentError(error: unknown): PaymentError {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const meaning = MEANING[error.type as ErrorName] ?? 'retriable';
  const code = typeof meaning === 'string' ? meaning : meaning(error);
  return paymentError(code, describe(error));
}

/** For the log and the operator: what the provider said and how to find it in its own log. Holds no secret. */
const describe = (error: Stripe.errors.StripeError): string =>
  [error.code ?? error.type, error.message, error.requestId].filter(Boolean).join(' · ');
