/** Holds an application's whole request to sign its user in. */
const LENGTH_MAX = 4_000;
const BASE = 'https://base.invalid';

/**
 * Where to go after signing in: a path of this shop, or `fallback` for everything else (other hosts, `//host`, `/\host`,
 * schemes, control characters), so that a link to our sign-in page cannot lead away.
 */
export function safeReturnTo(target: string | undefined, fallback = '/'): string {
  if (target === undefined || target.length > LENGTH_MAX || !/^\/(?![/\\])[^\p{Cc}\\]*$/u.test(target))
    return fallback;
  const url = URL.parse(target, BASE);
  if (url === null || url.origin !== BASE || url.pathname.startsWith('//')) return fallback;
  return url.pathname + url.search + url.hash;
}

/** A link's target when it is http(s), else null: `javascript:` and the like never reach an `href`. */
export function safeLink(target: string): string | null {
  const url = URL.parse(target);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}
