import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '#shared/http/app.ts';
import type { Context } from 'hono';
import type { Env, PageEnv } from './env.ts';
import { isPaymentPage, paymentPolicies } from './payment-element.ts';
import { isApiPath } from './routing.ts';

/** Two years, as the preload list asks. Browsers ignore it over plain HTTP, so a laptop is not caught by it. */
const HSTS = 'max-age=63072000; includeSubDomains';

/** No script or style but our own files, none inline; pictures of products may come from any https origin. */
const PAGE_POLICY = pagePolicy();

/** `vendor`: an origin that may run a script here and show a frame, and nothing else. */
function pagePolicy(vendor?: string): string {
  return [
    "default-src 'none'",
    `script-src 'self'${vendor === undefined ? '' : ` ${vendor}`}`,
    ...(vendor === undefined ? [] : [`frame-src ${vendor}`]),
    "style-src 'self'",
    "img-src 'self' https:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
const API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const EVERYWHERE = {
  'strict-transport-security': HSTS,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not `no-referrer`: a browser would then send `Origin: null` with our own forms, and they would be refused.
  'referrer-policy': 'same-origin',
} as const;
/** What no page of ours uses but the one where the customer pays. */
const PERMISSIONS =
  'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=(), usb=()';

/**
 * What every answer of the API has. What features a script may use and which windows it shares (`permissions-policy`,
 * `cross-origin-opener-policy`) is for pages to say: nothing runs in an answer whose policy lets nothing load. Each header
 * costs a kept answer a hundredth of its time.
 */
export const API_HEADERS = { ...EVERYWHERE, 'content-security-policy': API_POLICY } as const;
/** Of answers of workers, for what lies between them and us: the cache in front of the catalogue is purged by it. */
export const INTERNAL_HEADERS = ['cache-tag'] as const;

/** Security headers on every answer, whoever made it; a worker behind us cannot weaken them. */
export const securityHeaders = createMiddleware<AppEnv<Env>>(async (c, next) => {
  await next();
  const { path } = c.req;
  if (isApiPath(path)) {
    for (const [name, value] of Object.entries(API_HEADERS)) c.header(name, value);
    for (const name of INTERNAL_HEADERS) c.header(name, undefined);
    return;
  }
  for (const [name, value] of Object.entries(EVERYWHERE)) c.header(name, value);
  if (isPaymentPage(path)) {
    const { content, permissions } = paymentPolicies(c.env);
    c.header('content-security-policy', content);
    c.header('permissions-policy', `${PERMISSIONS}, ${permissions}`);
    // Wallets and banks open windows of their own, which must be able to answer.
    c.header('cross-origin-opener-policy', 'same-origin-allow-popups');
  } else {
    const vendor = (c as unknown as Context<PageEnv>).get('vendorOrigin');
    c.header('content-security-policy', vendor === undefined ? PAGE_POLICY : pagePolicy(vendor));
    c.header('permissions-policy', `${PERMISSIONS}, payment=()`);
    c.header('cross-origin-opener-policy', 'same-origin');
  }
});
