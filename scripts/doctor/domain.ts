import type { Stripe } from 'stripe';
import { asked } from './asked.ts';
import type { Finding } from './finding.ts';

/** Shown on registered domains alone (https://docs.stripe.com/payments/payment-methods/pmd-registration). */
const NAMES = {
  apple_pay: 'Apple Pay',
  google_pay: 'Google Pay',
  link: 'Link',
  paypal: 'PayPal',
  amazon_pay: 'Amazon Pay',
} as const satisfies Partial<Record<keyof Stripe.PaymentMethodDomain, string>>;

const ADVICE =
  'Add it under Settings → Payment methods → Payment method domains, once the shop answers there.';

/** Whether the shop's own payment page may show the wallets. */
export async function domain(
  client: Stripe,
  { shopOrigin, publishableKey }: { shopOrigin: string; publishableKey: string },
): Promise<Finding[]> {
  // A laptop has no domain, and the provider's own page needs none of ours.
  if (!shopOrigin.startsWith('https://') || publishableKey === '') return [];
  const { hostname } = new URL(shopOrigin);
  const found = await asked('list of payment method domains', () =>
    client.paymentMethodDomains.list({ domain_name: hostname, limit: 1 }),
  );
  if ('finding' in found) return [found.finding];
  const [registered] = found.value.data;
  if (registered?.enabled !== true) {
    const names = Object.values(NAMES).join(', ');
    return [
      {
        level: 'warning',
        what: `${hostname} is not registered with the provider: customers are offered none of ${names}.`,
        advice: ADVICE,
      },
    ];
  }
  const methods = Object.entries(NAMES) as [keyof typeof NAMES, string][];
  const missing = methods.filter(([method]) => registered[method].status !== 'active');
  return missing.length === 0
    ? [{ level: 'ok', what: `Wallets may be shown on ${hostname}.` }]
    : missing.map(([method, name]) => ({
        level: 'warning' as const,
        what: `${name} is not shown on ${hostname}: ${registered[method].status_details?.error_message ?? 'no reason is given'}`,
        advice: `Open the domain under Payment method domains and have it verified again, or do without ${name}.`,
      }));
}
