import type { Stripe } from 'stripe';
import { PAYMENT_METHODS } from '#shared/domain/payment-methods.ts';
import { isExcludable } from '../../workers/payments/adapters/stripe-method-types.ts';
import type { Finding } from './finding.ts';

/** Ways to pay by card that the dashboard lists by themselves, beside the wallets of the table. */
const CARDS = ['apple_pay_later', 'cartes_bancaires', 'jcb'];
const OURS: ReadonlySet<string> = new Set([
  ...CARDS,
  ...PAYMENT_METHODS.flatMap(({ method, wallets }) => [method, ...wallets]),
]);

/** Methods the dashboard has switched on and the table does not know. */
export function switchedOn(configuration: Stripe.PaymentMethodConfiguration): Finding[] {
  const unknown = Object.entries(configuration as unknown as Record<string, unknown>)
    .filter(([type, setting]) => isOn(setting) && !OURS.has(type))
    .map(([type]) => type);
  const left = unknown.filter((type) => isExcludable(type));
  const offered = unknown.filter((type) => !isExcludable(type));
  return [
    ...(offered.length === 0
      ? []
      : [
          {
            level: 'fault' as const,
            what: `Switched on, and unknown to this release: ${offered.join(', ')}. Customers are offered it, and an order may end while they pay.`,
            advice: 'Switch it off under Settings → Payment methods.',
          },
        ]),
    ...(left.length === 0
      ? []
      : [
          {
            level: 'warning' as const,
            what: `Switched on, and never offered by this release: ${left.join(', ')}.`,
            advice: 'Switch it off under Settings → Payment methods, so that nobody expects it.',
          },
        ]),
  ];
}

const isOn = (setting: unknown): boolean =>
  typeof setting === 'object' && setting !== null && 'available' in setting && setting.available === true;
