import type { PaymentError } from '#shared/contracts/payments.ts';
import { assertNever } from '#shared/domain/result.ts';
import { Problem } from '#shared/http/problems.ts';
import { EVENT_BYTES_MAX } from './limits.ts';
import type { WebhookError } from './usecases/ports.ts';
import type { ReplayError } from './usecases/replay-event.ts';

/** What went wrong with a kept payment method. The provider's own words stay in the log. */
export function methodProblem({ code, retryAfterMs }: PaymentError): Problem {
  switch (code) {
    case 'not_found':
      return new Problem({ slug: 'not-found', detail: 'No such payment method.' });
    case 'rate_limited':
    case 'retriable': {
      const seconds = Math.ceil((retryAfterMs ?? 1_000) / 1_000);
      const slug = code === 'rate_limited' ? 'rate-limited' : 'unavailable';
      const detail = 'The payment provider does not answer just now. Try again.';
      return new Problem({ slug, detail, headers: { 'retry-after': String(seconds) } });
    }
    case 'declined':
    case 'needs_action':
    case 'invalid_state':
      return new Problem({
        slug: 'conflict',
        detail: 'The payment provider does not do this with the method.',
      });
    case 'misconfigured':
      return new Problem({ slug: 'unavailable', detail: 'Payment methods cannot be kept just now.' });
    default:
      return assertNever(code);
  }
}

/** The one place where this worker's errors become HTTP. */
export function toProblem(error: WebhookError | ReplayError): Problem {
  switch (error.code) {
    case 'missing_signature':
    case 'invalid_signature':
      return new Problem({
        slug: 'invalid-signature',
        detail: 'The stripe-signature header does not match the body, or is too old.',
      });
    case 'malformed':
      return new Problem({ slug: 'malformed-request', detail: 'This is not an event.' });
    case 'too_large':
      return new Problem({ slug: 'body-too-large', detail: `At most ${EVENT_BYTES_MAX} bytes.` });
    case 'not_found':
      return new Problem({ slug: 'not-found', detail: 'No such payment event.' });
    case 'no_order':
      return new Problem({ slug: 'conflict', detail: 'This event concerns no order.' });
    default:
      return assertNever(error);
  }
}
