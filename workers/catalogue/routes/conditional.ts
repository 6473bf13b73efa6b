import { Problem } from '#shared/http/problems.ts';
import { digest } from '../domain/content-hash.ts';
import { CLIENT_MAX_AGE_SECONDS, CLIENT_STALE_SECONDS } from '../limits.ts';
import type { RouteContext } from './context.ts';

/** What everybody may see may be kept by anybody; an operator's answer by nobody. */
const PUBLIC = `public, max-age=${CLIENT_MAX_AGE_SECONDS}, stale-while-revalidate=${CLIENT_STALE_SECONDS}`;
/** `no-transform`: a compressing hop must not turn the strong ETag, which `If-Match` needs, into a weak one. */
const PRIVATE = 'private, no-store, no-transform';

export interface Freshness {
  operator: boolean;
  /** Tags by which the cache in front of the worker forgets it. */
  tags: readonly string[];
  /** First part of the ETag; a product's version, so that `If-Match` can be answered from it. */
  version?: number;
}

/**
 * A JSON answer with its strong ETag (over the very bytes sent), or 304 when the client has it already
 * (RFC 9110 §13.1.2). `Vary` keeps an operator's and the public's answer apart.
 */
export async function conditionalJson(
  c: RouteContext,
  value: unknown,
  freshness: Freshness,
): Promise<Response> {
  const body = JSON.stringify(value);
  const etag = `"${freshness.version === undefined ? '' : `${freshness.version}.`}${await digest(body, 16)}"`;
  c.header('etag', etag);
  c.header('cache-control', freshness.operator ? PRIVATE : PUBLIC);
  c.header('vary', 'authorization');
  if (!freshness.operator) c.header('cache-tag', freshness.tags.join(','));
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);
  c.header('content-type', 'application/json');
  return c.body(body, 200);
}

/** Weak comparison (RFC 9110 §8.8.3.2). */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}

/**
 * The version a write was decided on, from `If-Match`: the number before the dot of a product's ETag. Null for `*`.
 *
 * Throws 428 when the header is missing, 412 when it is no ETag of ours: then nothing can match it.
 */
export function versionToMatch(header: string | undefined): number | null {
  if (header === undefined) {
    throw new Problem({
      slug: 'precondition-required',
      detail: 'Send the ETag of the product as you read it as If-Match.',
      errors: [{ in: 'header', pointer: 'If-Match', detail: 'is missing' }],
    });
  }
  if (header.trim() === '*') return null;
  const version = /^"(\d{1,15})(?:\.[\w-]+)?"$/.exec(header.trim())?.[1];
  if (version === undefined) {
    throw new Problem({
      slug: 'precondition-failed',
      detail: 'If-Match holds no ETag of a product.',
      errors: [
        { in: 'header', pointer: 'If-Match', detail: 'must be one strong ETag as answered to a read' },
      ],
    });
  }
  return Number(version);
}
