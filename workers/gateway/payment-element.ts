import type { Env } from './env.ts';

/**
 * The provider's script, of the release that goes with the API version we speak. It is never copied or bundled: that it
 * comes from the provider is what keeps card data out of our reach (https://docs.stripe.com/js/including).
 */
const SCRIPT_PATH = '/endive/stripe.js';

type PaymentOrigins = Pick<Env, 'PAYMENT_SCRIPT_ORIGIN' | 'PAYMENT_API_ORIGIN' | 'PAYMENT_FRAME_ORIGIN'>;

/** Null where this deployment has no publishable key: the page cannot be offered. */
export const paymentScript = (
  env: Pick<Env, 'PAYMENT_SCRIPT_ORIGIN' | 'PAYMENT_PUBLISHABLE'>,
): { src: string; publishableKey: string } | null =>
  env.PAYMENT_PUBLISHABLE === ''
    ? null
    : { src: env.PAYMENT_SCRIPT_ORIGIN + SCRIPT_PATH, publishableKey: env.PAYMENT_PUBLISHABLE };

/** Where a customer enters a payment method to be kept. */
export const ADD_METHOD_PATH = '/account/payment-methods/add';

/** The pages with the provider's form. */
export const isPaymentPage = (path: string): boolean =>
  path === ADD_METHOD_PATH || /^\/orders\/[^/]+\/pay$/.test(path);

/**
 * What the payment page may load and talk to: our own files and the provider, nothing else. The provider runs parts of its
 * script from subdomains (https://docs.stripe.com/security/guide#content-security-policy).
 */
export function paymentPolicies(env: PaymentOrigins): { content: string; permissions: string } {
  const scripts = withSubdomains(env.PAYMENT_SCRIPT_ORIGIN);
  const frames = [...new Set([...scripts, env.PAYMENT_FRAME_ORIGIN])];
  return {
    content: [
      "default-src 'none'",
      `script-src 'self' ${scripts.join(' ')}`,
      "style-src 'self'",
      "img-src 'self'",
      `connect-src ${env.PAYMENT_API_ORIGIN}`,
      `frame-src ${frames.join(' ')}`,
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    // Wallets open in its frames: where those may come from they may pay.
    permissions: `payment=(self ${scripts.map((origin) => `"${origin}"`).join(' ')})`,
  };
}

/** A host by name may have subdomains; an address of a laptop has none. */
function withSubdomains(origin: string): string[] {
  const { protocol, host, hostname } = new URL(origin);
  return /[a-z]$/i.test(hostname) && hostname.includes('.') ? [origin, `${protocol}//*.${host}`] : [origin];
}
