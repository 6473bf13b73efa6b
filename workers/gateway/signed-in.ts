import { createMiddleware } from 'hono/factory';
import type { PageEnv } from './env.ts';
import { safeReturnTo } from './return-to.ts';

/** Page routes for customers: whoever is not signed in goes to the sign-in page first and comes back after. */
export const signedIn = createMiddleware<PageEnv>(async (c, next) => {
  if ((await c.get('session').accessToken()) === null) return c.redirect(signInPath(c.req.raw), 303);
  await next();
});

/** Page to prove again who one is, which leads back to the page that asked for it. */
export function stepUpPath(request: Request): string {
  const from = request.method === 'GET' ? request.url : (request.headers.get('referer') ?? '');
  const { pathname, search } = URL.parse(from) ?? { pathname: '/account', search: '' };
  return `/step-up?returnTo=${encodeURIComponent(safeReturnTo(pathname + search, '/account'))}`;
}

/** Sign-in page that leads back to what was asked for; after a form, to the page the form was on. */
export function signInPath(request: Request): string {
  const { pathname, search } = new URL(request.url);
  const target = request.method === 'GET' ? pathname + search : pathname;
  return `/sign-in?returnTo=${encodeURIComponent(target)}`;
}
