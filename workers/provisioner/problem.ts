import { assertNever } from '#shared/domain/result.ts';
import { keyReused } from '#shared/http/idempotency-key.ts';
import { Problem } from '#shared/http/problems.ts';
import type { DownloadError, LinkError } from './usecases/downloads.ts';
import type { LifecycleError } from './usecases/lifecycle/ask.ts';
import type { FileError } from './usecases/files.ts';
import type { NewsError } from './usecases/partner-news.ts';
import type { BrokerError } from './usecases/broker-catalogues.ts';
import type { PoolError } from './usecases/licence-pools.ts';
import type { ConnectionError } from './usecases/connections.ts';
import { ENTITLEMENT_CODES } from '#shared/contracts/http/entitlements.ts';
import type { Refused } from './usecases/entitlements/licence.ts';
import type { StoreError } from './usecases/store.ts';
import type { RevealError } from './usecases/reveal-credentials.ts';
import type { TaskError } from './usecases/tasks.ts';
import type { TemplateError } from './usecases/templates.ts';

export type UseCaseError =
  | LinkError
  | DownloadError
  | FileError
  | NewsError
  | TemplateError
  | TaskError
  | ConnectionError
  | Refused
  | Exclude<RevealError, 'seen_before'>
  | 'instance_changed'
  | BrokerError
  | StoreError
  | LifecycleError
  | PoolError
  | 'forged_news';

/** Every refusal of this worker's use cases as a problem. */
export function toProblem(error: UseCaseError): Problem {
  if (typeof error === 'object' && error.code === 'template_faulty') {
    return new Problem({
      slug: 'validation-failed',
      detail: 'See `errors` for each field.',
      errors: error.faults.map(({ pointer, detail }) => ({
        in: 'body',
        pointer: `/document${pointer}`,
        detail,
      })),
    });
  }
  if (typeof error === 'object' && error.code === 'broker_unread')
    return new Problem({ slug: 'conflict', detail: `The broker’s catalogue was not read. ${error.detail}` });
  if (typeof error === 'object' && error.code === 'lifecycle_refused')
    return new Problem({ slug: 'conflict', detail: error.detail });
  if (
    typeof error === 'object' &&
    (error.code === 'decision_unfit' || error.code === 'request_unfit' || error.code === 'target_refused')
  ) {
    const pointer = error.code === 'target_refused' ? '/baseUrl' : error.pointer;
    return new Problem({
      slug: 'validation-failed',
      detail: 'See `errors` for each field.',
      errors: [{ in: 'body', pointer, detail: error.detail }],
    });
  }
  if (typeof error === 'object' && error.code === 'entitlement_refused') {
    const { why } = error;
    return new Problem({
      slug: why === 'UNKNOWN' ? 'not-found' : 'entitlement-refused',
      detail: `${ENTITLEMENT_CODES[why]}.`,
      extra: { code: why },
    });
  }
  if (typeof error === 'object') {
    return new Problem({
      slug: 'range-not-satisfiable',
      detail: 'The range lies outside the file.',
      headers: { 'content-range': `bytes */${error.bytes}` },
    });
  }
  switch (error) {
    case 'unknown_database':
      return new Problem({
        slug: 'not-found',
        detail: 'No such database was taken in: bind and add it first.',
      });
    case 'database_not_migrated':
      return new Problem({
        slug: 'conflict',
        detail: 'Its tables are not those of STORE_DB: migrate it first.',
      });
    case 'database_not_empty':
      return new Problem({ slug: 'conflict', detail: 'It holds rows of customers already.' });
    case 'shard_there_already':
      return new Problem({ slug: 'conflict', detail: 'The shard lies there already.' });
    case 'shard_under_way':
      return new Problem({ slug: 'conflict', detail: 'The shard is being moved.' });
    case 'unknown_move':
      return new Problem({ slug: 'not-found', detail: 'There is no such move.' });
    case 'unknown_instance':
      return new Problem({ slug: 'not-found', detail: 'You own no such product.' });
    case 'unknown_lifecycle':
      return new Problem({ slug: 'not-found', detail: 'There is no such operation of this product.' });
    case 'unknown_transfer':
      return new Problem({ slug: 'not-found', detail: 'Nothing is offered under this code (any more).' });
    case 'own_transfer':
      return new Problem({ slug: 'conflict', detail: 'It is yours already: somebody else accepts it.' });
    case 'not_transferable':
      return new Problem({
        slug: 'conflict',
        detail:
          'It cannot be accepted for now: another operation is at work on it, it is not in use, or the two accounts lie in different databases for now: ask our staff.',
      });
    case 'operation_running':
      return new Problem({
        slug: 'conflict',
        detail: 'Another operation is at work on it, or one of this kind waits already: see its operations.',
      });
    case 'operators_alone':
      return new Problem({
        slug: 'forbidden',
        detail: 'Only staff move the end of a term, and call off what staff asked for.',
      });
    case 'too_late':
      return new Problem({ slug: 'conflict', detail: 'It has begun or ended, and cannot be called off.' });
    case 'no_credentials':
      return new Problem({ slug: 'conflict', detail: 'This product has no credentials that are hidden.' });
    case 'instance_changed':
      return new Problem({
        slug: 'precondition-failed',
        detail: 'Its labels have changed meanwhile: read it again and send its new ETag as If-Match.',
      });
    case 'not_active':
      return new Problem({ slug: 'conflict', detail: 'It is not yours to use now: see its state.' });
    case 'suspended':
      return new Problem({
        slug: 'suspended',
        detail: 'Its use is suspended for now: the product’s own page says why.',
      });
    case 'not_a_download':
      return new Problem({ slug: 'conflict', detail: 'This product is not a file.' });
    case 'no_downloads_left':
      return new Problem({ slug: 'conflict', detail: 'All its downloads are used up.' });
    case 'forged_link':
    case 'withdrawn':
    case 'missing_file':
      return new Problem({ slug: 'not-found', detail: 'This link leads to no file.' });
    case 'expired_link':
      return new Problem({ slug: 'gone', detail: 'The link has expired. Ask for a new one.' });
    case 'file_too_large':
      return new Problem({ slug: 'body-too-large', detail: 'At most 100 MB.' });
    case 'length_required':
      return new Problem({ slug: 'malformed-request', detail: 'Send `Content-Length` and a body.' });
    case 'content_type_required':
      return new Problem({ slug: 'unsupported-media-type', detail: 'Send the file’s `Content-Type`.' });
    case 'file_incomplete':
      return new Problem({ slug: 'malformed-request', detail: 'The body is not as long as announced.' });
    case 'unknown_operation':
      return new Problem({ slug: 'not-found', detail: 'We ordered no such operation.' });
    case 'other_operation':
      return new Problem({ slug: 'conflict', detail: 'We know this order under another operation id.' });
    case 'unreadable_result':
      return new Problem({
        slug: 'validation-failed',
        detail: 'The result lacks what was ordered.',
        errors: [{ in: 'body', pointer: '/result', detail: 'is not a result of what was ordered' }],
      });
    case 'unknown_task':
      return new Problem({ slug: 'not-found', detail: 'Nothing like that is asked of you.' });
    case 'task_decided':
      return new Problem({
        slug: 'conflict',
        detail: 'It is decided already, or is of no interest any more.',
      });
    case 'step_needed':
      return new Problem({
        slug: 'conflict',
        detail:
          'Something later needs what this step leaves: replace its result where that is offered, try it again or hand it over.',
      });
    case 'unknown_connection':
      return new Problem({ slug: 'not-found', detail: 'There is no such connection.' });
    case 'unknown_plan':
      return new Problem({ slug: 'not-found', detail: 'The broker offers no such plan, and never did.' });
    case 'unknown_pool':
      return new Problem({ slug: 'not-found', detail: 'There is no such pool.' });
    case 'too_many_pools':
      return new Problem({ slug: 'conflict', detail: 'There are 200 pools already.' });
    case 'keys_too_large':
      return new Problem({
        slug: 'body-too-large',
        detail: 'At most 10 MB: send the rest as another upload.',
      });
    case 'key_too_long':
      return new Problem({ slug: 'malformed-request', detail: 'A line has more than 1000 characters.' });
    case 'keys_unreadable':
      return new Problem({ slug: 'malformed-request', detail: 'Send UTF-8, one key a line.' });
    case 'other_kind':
      return new Problem({
        slug: 'conflict',
        detail: 'It is a connection of the other kind: take another handle.',
      });
    case 'credentials_needed':
      return new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: [
          { in: 'body', pointer: '/credentials', detail: 'a new broker needs them; others make their own' },
        ],
      });
    case 'forged_news':
      return new Problem({
        slug: 'invalid-signature',
        detail: 'This call-back is not signed with the secret of its connection.',
      });
    case 'unknown_template':
      return new Problem({ slug: 'not-found', detail: 'There is no such template.' });
    case 'template_archived':
      return new Problem({ slug: 'conflict', detail: 'It is archived and changes no more.' });
    case 'usual_template':
      return new Problem({
        slug: 'conflict',
        detail: 'Products that name no template are made by it: add a version instead.',
      });
    case 'handle_taken':
      return new Problem({ slug: 'conflict', detail: 'Its handle is taken by another.' });
    case 'template_changed':
      return new Problem({
        slug: 'precondition-failed',
        detail: 'It has changed meanwhile: read it again and send its new ETag as If-Match.',
      });
    case 'key_reused':
      return keyReused();
    default:
      return assertNever(error);
  }
}
