import { assertNever } from '#shared/domain/result.ts';
import { type FieldError, Problem } from '#shared/http/problems.ts';
import type { ArchiveFailure } from './usecases/archive-product.ts';
import type { SaveFailure } from './usecases/save-product.ts';

export type CatalogueFailure =
  | SaveFailure
  | ArchiveFailure
  | { code: 'unreadable_file'; faults: readonly { pointer: string; detail: string }[] };

/** Every refusal of this worker's use cases on the wire. */
export function toProblem(failure: CatalogueFailure): Problem {
  switch (failure.code) {
    case 'invalid':
      return new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: inBody(failure.faults),
      });
    case 'unreadable_file':
      return new Problem({
        slug: 'validation-failed',
        detail: `The file ${failure.faults.map((fault) => fault.detail).join('; ')}.`,
        errors: inBody(failure.faults),
      });
    case 'taken':
      return new Problem({
        slug: 'conflict',
        detail: 'A handle or SKU belongs to another product.',
        errors: inBody(failure.faults),
      });
    case 'unknown_product':
      return new Problem({ slug: 'not-found', detail: 'No such product.' });
    case 'changed_meanwhile':
      return new Problem({
        slug: 'precondition-failed',
        detail: 'Read the product again and send its new ETag as If-Match.',
      });
    default:
      return assertNever(failure);
  }
}

const inBody = (faults: readonly { pointer: string; detail: string }[]): FieldError[] =>
  faults.map(({ pointer, detail }) => ({ in: 'body', pointer, detail }));
