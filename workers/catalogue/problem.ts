import { assertNever } from '#shared/domain/result.ts';
import { keyReused } from '#shared/http/idempotency-key.ts';
import { type FieldError, Problem } from '#shared/http/problems.ts';
import type { ArchiveFailure } from './usecases/archive-product.ts';
import type { JobFailure } from './usecases/jobs/control-job.ts';
import type { ImportFailure } from './usecases/jobs/start-import.ts';
import { IMPORT_BYTES_MAX } from './limits.ts';
import type { SaveFailure } from './usecases/save-product.ts';

export type CatalogueFailure = SaveFailure | ArchiveFailure | ImportFailure | JobFailure;

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
        detail: `The file ${failure.detail}.`,
        errors: inBody([{ pointer: '', detail: failure.detail }]),
      });
    case 'file_too_large':
      return new Problem({ slug: 'body-too-large', detail: `At most ${IMPORT_BYTES_MAX} bytes, unpacked.` });
    case 'source_busy':
      return new Problem({
        slug: 'conflict',
        detail: `The source has an import under way: ${failure.jobId}. Wait for it or cancel it.`,
      });
    case 'unknown_job':
      return new Problem({ slug: 'not-found', detail: 'No such job, or its file is not kept any more.' });
    case 'key_reused':
      return keyReused();
    case 'not_in_state':
      return new Problem({ slug: 'conflict', detail: `The job is ${failure.state}.` });
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
