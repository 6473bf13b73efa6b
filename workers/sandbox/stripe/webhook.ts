import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'stripe-signature';

/** Value of `Stripe-Signature` (https://docs.stripe.com/webhooks/signature): HMAC-SHA256 over `<t>.<body>`, hex. */
export function signatureHeader(body: string, secret: string, atSeconds: number): string {
  const signature = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return `t=${atSeconds},v1=${signature}`;
}
