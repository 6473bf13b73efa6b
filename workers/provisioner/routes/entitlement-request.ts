import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { may } from '#shared/auth/permissions.ts';
import { customerOf } from '#shared/domain/customer.ts';
import type { AppEnv } from '#shared/http/app.ts';
import { authorisedOrGuest } from '#shared/http/authorised.ts';
import { Problem, type ProblemSlug } from '#shared/http/problems.ts';
import type { Env } from '../env.ts';
import { keyName, type LicenceName } from '../usecases/entitlements/licence.ts';

/** The window of the binding in `wrangler.toml`. */
const WINDOW_SECONDS = 60;

export const LICENCE_PROBLEMS = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
  'rate-limited',
] as const satisfies readonly ProblemSlug[];

/**
 * Keeps one client address from trying keys faster than any application asks (per location, approximate): keys have 120
 * random bits, so this spares us work rather than keeps a secret. A failing limiter lets requests through.
 */
export const limitGuests = createMiddleware<AppEnv<Env>>(async (c, next) => {
  const address = c.req.header('x-client-ip');
  if (c.req.header('authorization') === undefined && address !== undefined) {
    const { success } = await c.env.LICENCE_LIMIT.limit({ key: address }).catch(() => ({ success: true }));
    if (!success) {
      throw new Problem({
        slug: 'rate-limited',
        detail: `Try again in ${WINDOW_SECONDS} seconds.`,
        headers: { 'retry-after': String(WINDOW_SECONDS) },
      });
    }
  }
  await next();
});

/** For a token with the permission, or with the one about everybody's; or for nobody, with a licence key in the body. */
export function licenceRight(permission: 'instances.read' | 'instances.use') {
  const right = authorisedOrGuest(permission, undefined, 'entitlements.check');
  return { ...right, middleware: [limitGuests, right.middleware] };
}

/** Which licence is meant, and by what right. Throws when it is named by its instance and nobody is signed in. */
export function licenceNamed(
  c: Context<AppEnv<Env>>,
  { licenceKey, instanceId }: { licenceKey?: string | undefined; instanceId?: string | undefined },
): LicenceName {
  c.header('cache-control', 'private, no-store');
  if (licenceKey !== undefined) return keyName(licenceKey);
  const visitor = c.get('visitor');
  if (visitor === null || instanceId === undefined) {
    throw new Problem({
      slug: 'unauthenticated',
      detail: 'Send the licence key, or an access token of whoever owns the instance.',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const customerId = customerOf(buyerOf(visitor));
  return { by: 'instance', id: instanceId, customerId, isAnybodys: may(visitor, 'entitlements.check') };
}
