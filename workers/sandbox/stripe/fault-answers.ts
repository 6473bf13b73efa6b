import type { ApiAnswer } from './call.ts';
import type { StripeErrorBody } from './errors.ts';

/** What the API answers when a fault switch asked for it. */

const answer = (
  status: number,
  error: StripeErrorBody,
  requestId: string,
  headers: Record<string, string> = {},
): ApiAnswer => ({
  status,
  body: JSON.stringify({ error }),
  headers: { 'request-id': requestId, ...headers },
});

export const brokenAnswer = (requestId: string): ApiAnswer =>
  answer(
    500,
    {
      type: 'api_error',
      message:
        'Sorry! There was an error while talking to one of our backends. (A fault switch asked for this.)',
    },
    requestId,
  );

/** https://docs.stripe.com/rate-limits */
export const limitedAnswer = (requestId: string): ApiAnswer =>
  answer(
    429,
    {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message: 'Request rate limit exceeded. You can learn more about rate limits in the documentation.',
    },
    requestId,
    { 'stripe-rate-limited-reason': 'global-rate' },
  );

/** https://docs.stripe.com/error-low-level#idempotency */
export const keyInUseAnswer = (requestId: string): ApiAnswer =>
  answer(
    409,
    {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: 'There is currently another in-progress request using this Stripe idempotency key.',
    },
    requestId,
    { 'stripe-should-retry': 'true' },
  );
