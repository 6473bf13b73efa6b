import { createMiddleware } from 'hono/factory';
import type { PageEnv } from './env.ts';

/** Page routes for customers: whoever is not signed in goes to the sign-in page first and comes back after. */
export const signedIn = createMiddleware<PageEnv>(async (c, next) => {
  if ((await c.get('session').accessToken()) === null) return c.redirect(signInPath(c.req.raw), 303);
  await next();
});

/** Sign-in page that leads back to what was asked for; after a form, to the page the form was on. */
export function signInPath(request: Request): string {
  const { pathname, search } = new URL(request.url);
  const target = request.method === 'GET' ? pathname + search : pathname;
  return `/sign-in?returnTo=${encodeURIComponent(target)}`;
}
