import type { StockError } from '#objects/stock/face.ts';
import { assertNever } from '#shared/domain/result.ts';
import { keyReused } from '#shared/http/idempotency-key.ts';
import { Problem } from '#shared/http/problems.ts';

/** Every way an operator's command on stock is refused. */
export function stockProblem(error: StockError): Problem {
  switch (error.code) {
    case 'not_found':
      return new Problem({ slug: 'not-found', detail: 'No stock was ever declared for it.' });
    case 'changed_meanwhile':
      return new Problem({
        slug: 'precondition-failed',
        detail: 'Read the stock again and decide by its present settings.',
        errors: [{ in: 'header', pointer: 'If-Match', detail: 'is of an earlier version' }],
      });
    case 'key_reused':
      return keyReused();
    case 'location_needed':
      return invalid('/location', 'is required: the SKU has several locations');
    case 'location_unknown':
      return invalid(`/${error.field}`, 'is not a location of this SKU');
    case 'location_in_use':
      return new Problem({
        slug: 'conflict',
        detail: `The location ${error.location} still has units; transfer them first.`,
      });
    case 'too_few':
      return new Problem({
        slug: 'out-of-stock',
        detail: `Only ${error.available} free there.`,
        errors: [{ in: 'body', pointer: '/quantity', detail: `only ${error.available} free there` }],
        extra: { available: error.available },
      });
    default:
      return assertNever(error);
  }
}

const invalid = (pointer: string, detail: string): Problem =>
  new Problem({
    slug: 'validation-failed',
    detail: 'See `errors` for each field.',
    errors: [{ in: 'body', pointer, detail }],
  });
