import { createMiddleware } from 'hono/factory';
import { Problem } from '#shared/http/problems.ts';
import type { AppEnv } from '#shared/http/app.ts';
import type { Env } from './env.ts';

/** The window of the binding in `wrangler.toml`. */
const WINDOW_SECONDS = 60;
/** Only a laptop talks to itself; the platform never reports these as a client. */
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * Keeps one client address from taking more than its share of a location (approximate; the exact limits of sign-in live
 * with the accounts). A failing limiter lets requests through: it is a shield, not a right.
 */
export const coarseLimit = createMiddleware<AppEnv<Env>>(async (c, next) => {
  const clientIp = c.req.header('cf-connecting-ip');
  if (clientIp !== undefined && !LOOPBACK.has(clientIp)) {
    const { success } = await c.env.COARSE_LIMIT.limit({ key: clientIp }).catch(() => ({ success: true }));
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
