import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'stripe-signature';

/**
 * Value of `Stripe-Signature` (https://docs.stripe.com/webhooks/signature): HMAC-SHA256 over `<t>.<body>`, hex, for each
 * secret that is valid.
 */
export function signatureHeader(body: string, secrets: readonly string[], atSeconds: number): string {
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex'),
  );
  return [`t=${atSeconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}
