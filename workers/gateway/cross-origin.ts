import { createMiddleware } from 'hono/factory';
import { cors } from 'hono/cors';
import type { AppEnv } from '#shared/http/app.ts';
import type { Env } from './env.ts';

const EXPOSED = [
  'dpop-nonce',
  'etag',
  'idempotent-replayed',
  'link',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'www-authenticate',
  'x-d1-bookmark',
  'x-request-id',
];
const PREFLIGHT_AGE_SECONDS = 600;

/**
 * CORS for the origins in `CORS_ORIGINS`, none by default, never with cookies: the API knows bearer tokens alone. Stands
 * before API paths only, so that no other site ever reads a page.
 */
export const crossOrigin = createMiddleware<AppEnv<Env>>(async (c, next) => {
  const allowed = c.env.CORS_ORIGINS.split(',').map((origin) => origin.trim());
  const origin = c.req.header('origin');
  if (origin === undefined || origin === '' || !allowed.includes(origin)) return next();
  return cors({
    origin,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: [
      'authorization',
      'content-type',
      'dpop',
      'idempotency-key',
      'if-match',
      'last-event-id',
      'x-cart-token',
      'x-challenge-answer',
      'x-device',
      'x-request-id',
      'x-d1-bookmark',
    ],
    exposeHeaders: EXPOSED,
    maxAge: PREFLIGHT_AGE_SECONDS,
  })(c, next);
});
