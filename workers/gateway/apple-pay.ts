import type { Context } from 'hono';
import type { AppEnv } from '#shared/http/app.ts';
import { Problem } from '#shared/http/problems.ts';
import { outsideFetch } from '#shared/observability/work.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { Env } from './env.ts';

/** Where Apple looks whether a shop may show its button. */
export const APPLE_PAY_FILE = '/.well-known/apple-developer-merchantid-domain-association';

const TIMEOUT_MS = 10 * SECOND_MS;
const KEPT_SECONDS = 3_600;

/**
 * The provider's file, as it is now: it says that payments here are the provider's, and runs out. Nothing where the shop has
 * no payment page of its own.
 */
export async function applePayFile(c: Context<AppEnv<Env>>): Promise<Response> {
  const { PAYMENT_PUBLISHABLE, PAYMENT_DOMAIN_FILE } = c.env;
  if (PAYMENT_PUBLISHABLE === '')
    throw new Problem({ slug: 'not-found', detail: 'Payments are not made here.' });
  const file = await outsideFetch(PAYMENT_DOMAIN_FILE, {
    cf: { cacheEverything: true, cacheTtlByStatus: { '200-299': KEPT_SECONDS } },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => null);
  if (file?.ok !== true) {
    await file?.body?.cancel();
    throw new Problem({ slug: 'upstream-failed', detail: 'The payment service does not show its file.' });
  }
  return new Response(file.body, {
    headers: { 'content-type': 'text/plain', 'cache-control': `public, max-age=${KEPT_SECONDS}` },
  });
}
