import type { CartError } from '#objects/cart/face.ts';
import { assertNever } from '#shared/domain/result.ts';
import { keyReused } from '#shared/http/idempotency-key.ts';
import { Problem } from '#shared/http/problems.ts';

export function cartProblem(error: CartError): Problem {
  switch (error.code) {
    case 'not_found':
      return new Problem({
        slug: 'not-found',
        detail: 'There is no such cart: send its X-Cart-Token, or sign in as the one who claimed it.',
      });
    case 'line_not_found':
      return new Problem({ slug: 'not-found', detail: 'The cart has no such line.' });
    case 'closed':
      return closed(error.state);
    case 'changed':
      return new Problem({
        slug: 'precondition-failed',
        detail: 'Read the cart again and decide by its present version.',
        errors: [{ in: 'header', pointer: 'If-Match', detail: 'is of an earlier version' }],
      });
    case 'refused':
      return new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: error.faults.map((fault) => ({ in: 'body', ...fault })),
      });
    case 'quote_expired':
      return new Problem({
        slug: 'quote-expired',
        detail: 'The quote has ended, or the cart was changed after it.',
        errors: [{ in: 'body', pointer: '/quoteId', detail: 'is no quote that stands' }],
      });
    case 'full':
      return new Problem({
        slug: 'conflict',
        detail: 'The current cart has no room for these lines; order it first or remove some.',
      });
    case 'key_reused':
      return keyReused();
    case 'unavailable':
      return new Problem({
        slug: 'unavailable',
        detail: 'The prices cannot be read for the moment; nothing was changed.',
        headers: { 'retry-after': '1' },
      });
    default:
      return assertNever(error);
  }
}

function closed(state: Extract<CartError, { code: 'closed' }>['state']): Problem {
  switch (state.name) {
    case 'ordering':
      return new Problem({
        slug: 'cart-closed',
        detail: 'It is being ordered.',
        headers: { 'retry-after': '1' },
      });
    case 'ordered':
      return new Problem({
        slug: 'cart-closed',
        detail: 'It was ordered.',
        extra: { orderId: state.orderId },
      });
    case 'merged':
      return new Problem({
        slug: 'cart-closed',
        detail: 'Its lines are in another cart.',
        extra: { mergedInto: state.into },
      });
    default:
      return assertNever(state);
  }
}
