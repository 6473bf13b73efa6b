import { acceptedLocales } from '#shared/domain/product-texts.ts';
import { ADDRESS_LENGTH_MAX } from './limits.ts';

/** What everybody who is signed out gets the same answer to. Whether an answer may be kept is for the answer to say. */
const PUBLIC_PATH = /^\/v1\/(?:products|collections|search)(?:\/[^/]+)*$/;

/**
 * Whether the request says nothing of who asks: only then may it be answered by what another was answered. A bookmark
 * asks for what was just written.
 */
export const isAnonymousRead = (request: Request): boolean =>
  request.method === 'GET' &&
  request.headers.get('authorization') === null &&
  request.headers.get('cookie') === null &&
  request.headers.get('x-d1-bookmark') === null;

/**
 * The one address for all ways to ask the same: parameters sorted, languages in the address instead of a header, so that
 * no cache on the way need know of it. Null for what is no public read.
 */
export function normalAddress(request: Request): string | null {
  if (!isAnonymousRead(request) || request.url.length > ADDRESS_LENGTH_MAX) return null;
  const url = new URL(request.url);
  if (!PUBLIC_PATH.test(url.pathname)) return null;
  const locales = acceptedLocales(request.headers.get('accept-language') ?? undefined);
  if (!url.searchParams.has('locale') && locales.length > 0)
    url.searchParams.set('locale', locales.join(','));
  url.searchParams.sort();
  return `${url.pathname}${url.search}`;
}

/** How this client spelled it: looked up before anything is parsed. */
export const spelling = (request: Request): string =>
  `${request.headers.get('accept-language') ?? ''} ${request.url}`;
