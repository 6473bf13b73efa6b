import { Stripe } from 'stripe';
import { paymentError, type PaymentError } from '#shared/contracts/payments.ts';
import { maskCardNumbers } from '#shared/domain/card-data.ts';
import { adviceText, declineAdvice, type PaymentAdvice } from '#shared/domain/payment-advice.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { CODE_OUTCOMES, codeAdvice } from './stripe-error-codes.ts';

type ErrorName = {
  [Name in keyof typeof Stripe.errors]: Name extends `generate${string}` ? never : Name;
}[keyof typeof Stripe.errors];
type Fault = Stripe.errors.StripeError;

/** What can be wrong about these depends on what the payment has come to. */
const STATE_PARAMS = new Set(['amount', 'amount_to_capture', 'final_capture']);

/** A code no list knows, of a request that was understood. */
const requestFault = ({ statusCode, param }: Fault): PaymentError['code'] => {
  if (statusCode === 404) return 'not_found';
  return STATE_PARAMS.has(param ?? '') ? 'invalid_state' : 'misconfigured';
};

/** 409: another request with the same key is under way, or one that changes the same object. */
const conflict = ({ statusCode }: Fault): PaymentError['code'] =>
  statusCode === 409 ? 'retriable' : 'misconfigured';

/**
 * Every error the SDK knows and what it means to us where its code does not say: a class that a later SDK adds fails to
 * compile here. `misconfigured` never mends itself: a wrong key, a key used for two things, a call this code should not make.
 */
const MEANING: Record<ErrorName, PaymentError['code'] | ((error: Fault) => PaymentError['code'])> = {
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
  StripeIdempotencyError: conflict,
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

/** Of these classes the class says it all: their codes tell why, not what to do. */
const CLASS_DECIDES = new Set([
  'StripeConnectionError',
  'StripeAuthenticationError',
  'StripePermissionError',
]);
/** Where the provider says no rate but names no time to wait. */
const RATE_LIMITED_WAIT_MS = 2 * SECOND_MS;
/** Another request holds the same object (https://docs.stripe.com/rate-limits#object-lock-timeouts). */
const LOCKED_WAIT_MS = SECOND_MS;
const LOCK_CODES = new Set(['lock_timeout', 'idempotency_key_in_use']);

/** Our error for one the SDK threw. Anything else is a fault of this code and is thrown on. */
export function toPaymentError(error: unknown): PaymentError {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const code = outcomeOf(error);
  const refused = code === 'declined' || code === 'needs_action';
  const declineCode = error.decline_code ?? null;
  return paymentError(code, describe(error), {
    declineCode,
    customerMessage: refused ? adviceText(adviceOf(error.code ?? null, declineCode)) : null,
    retryAfterMs: retryAfterMs(error, code),
  });
}

function outcomeOf(error: Fault): PaymentError['code'] {
  const byCode = CLASS_DECIDES.has(error.type) ? undefined : CODE_OUTCOMES.get(error.code ?? '');
  // An answer that was not a refusal says nothing about what is right or wrong with the request.
  if (byCode !== undefined && (error.statusCode ?? 0) < 500) {
    const mayBeDone = byCode === 'misconfigured' && STATE_PARAMS.has(error.param ?? '');
    return mayBeDone ? 'invalid_state' : byCode;
  }
  const meaning = MEANING[error.type as ErrorName] ?? 'retriable';
  return typeof meaning === 'string' ? meaning : meaning(error);
}

/** Addresses the provider does not take, of which some receive mail all the same: of other scripts, of hosts without a dot. */
export const isAddressRefused = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'email_invalid';

/** What the customer can do: the bank's own reason says more than the code. */
export const adviceOf = (code: string | null, declineCode: string | null): PaymentAdvice =>
  declineAdvice(declineCode) ?? codeAdvice(code) ?? 'another_method';

function retryAfterMs(error: Fault, code: PaymentError['code']): number | null {
  const seconds = Number(error.headers?.['retry-after']);
  if (Number.isFinite(seconds) && seconds > 0) return Math.ceil(seconds * SECOND_MS);
  if (LOCK_CODES.has(error.code ?? '')) return LOCKED_WAIT_MS;
  return code === 'rate_limited' ? RATE_LIMITED_WAIT_MS : null;
}

/** For the log and the operator: what the provider said and how to find it in its own log. Holds no secret. */
const describe = (error: Fault): string =>
  maskCardNumbers(
    [error.code ?? error.type, error.decline_code, error.message, error.requestId]
      .filter(Boolean)
      .join(' · '),
  );
