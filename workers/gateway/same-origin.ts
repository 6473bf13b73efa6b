import { createMiddleware } from 'hono/factory';
import { Problem } from '#shared/http/problems.ts';
import type { PageEnv } from './env.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses page requests with effects that another site started (CSRF), whatever their content type: the cookies' Lax
 * rule is the first defence, this the second. A browser names the origin; a client that names nothing is refused.
 */
export const sameOriginOnly = createMiddleware<PageEnv>(async (c, next) => {
  if (!SAFE_METHODS.has(c.req.method) && !isOwn(c.req.raw, c.env.PUBLIC_ORIGIN)) {
    throw new Problem({ slug: 'forbidden', detail: 'This form was not sent from this shop.' });
  }
  await next();
});

function isOwn(request: Request, publicOrigin: string): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') return false;
  const origin = request.headers.get('origin');
  if (origin === null) return site === 'same-origin';
  return origin === publicOrigin || origin === new URL(request.url).origin;
}
