import { matches } from '#shared/http/entity-tag.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import {
  CLIENT_MAX_AGE_SECONDS,
  CLIENT_STALE_SECONDS,
  LEVELS_MAX_AGE_SECONDS,
  LEVELS_STALE_SECONDS,
} from '../limits.ts';
import type { RouteContext } from './context.ts';

/** What everybody may see may be kept by anybody; an operator's answer by nobody. */
const PUBLIC = `public, max-age=${CLIENT_MAX_AGE_SECONDS}, stale-while-revalidate=${CLIENT_STALE_SECONDS}`;
/** The same with numbers of units in it. */
const PUBLIC_LEVELS = `public, max-age=${LEVELS_MAX_AGE_SECONDS}, stale-while-revalidate=${LEVELS_STALE_SECONDS}`;
/** `no-transform`: a compressing hop must not turn the strong ETag, which `If-Match` needs, into a weak one. */
const PRIVATE = 'private, no-store, no-transform';

export interface Freshness {
  /** An operator's answer, or one to somebody who asked for what he wrote: nobody's to keep. */
  isPrivate: boolean;
  /** Tags by which the cache in front of the worker forgets it. */
  tags: readonly string[];
  /** First part of the ETag; a product's version, so that `If-Match` can be answered from it. */
  version?: number;
  /** Language of the texts. */
  locale?: string;
  /** It shows how many units there are. */
  hasLevels?: boolean;
  /** Default: `application/json`. */
  type?: string;
}

/**
 * A JSON answer with its strong ETag (over the very bytes sent), or 304 when the client has it already
 * (RFC 9110 §13.1.2). `Vary` keeps apart an operator's and the public's answer, and languages.
 */
export function conditionalJson(c: RouteContext, value: unknown, freshness: Freshness): Response {
  const body = JSON.stringify(value);
  const etag = `"${freshness.version === undefined ? '' : `${freshness.version}.`}${sha256(body).slice(0, 16)}"`;
  c.header('etag', etag);
  const shared = freshness.hasLevels === true ? PUBLIC_LEVELS : PUBLIC;
  c.header('cache-control', freshness.isPrivate ? PRIVATE : shared);
  c.header('vary', 'authorization, accept-language, x-d1-bookmark');
  if (freshness.locale !== undefined) c.header('content-language', freshness.locale);
  if (!freshness.isPrivate) c.header('cache-tag', freshness.tags.join(','));
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);
  c.header('content-type', freshness.type ?? 'application/json');
  return c.body(body, 200);
}
