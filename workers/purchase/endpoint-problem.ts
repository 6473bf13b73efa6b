import type { EndpointError } from '#objects/webhook-endpoint/face.ts';
import { assertNever } from '#shared/domain/result.ts';
import { keyReused } from '#shared/http/idempotency-key.ts';
import { Problem } from '#shared/http/problems.ts';

/** Every way a use case of webhook endpoints refuses. */
export type EndpointRefusal = EndpointError | { code: 'too_many'; most: number } | { code: 'key_reused' };

export function endpointProblem(error: EndpointRefusal): Problem {
  switch (error.code) {
    case 'not_found':
      return new Problem({ slug: 'not-found', detail: 'There is no such webhook endpoint.' });
    case 'delivery_not_found':
      return new Problem({ slug: 'not-found', detail: 'There is no such delivery any more.' });
    case 'disabled':
      return new Problem({ slug: 'conflict', detail: 'The endpoint is disabled; enable it first.' });
    case 'too_many_keys':
      return new Problem({
        slug: 'conflict',
        detail: `Too many keys sign already; the first ends at ${error.until}. Wait for it, or end all of them at once with an overlap of 0 seconds.`,
      });
    case 'too_many':
      return new Problem({
        slug: 'conflict',
        detail: `There are ${error.most} webhook endpoints already; delete one first.`,
      });
    case 'stale':
      return new Problem({ slug: 'precondition-failed', detail: 'The endpoint has changed meanwhile.' });
    case 'key_reused':
      return keyReused();
    case 'bad_target':
      return new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: [{ in: 'body', pointer: '/url', detail: error.detail }],
      });
    default:
      return assertNever(error);
  }
}
