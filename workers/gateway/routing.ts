import type { Env } from './env.ts';

/** Bindings of the workers that answer API requests. */
export type ServiceName = keyof Pick<Env, 'AUTH' | 'CATALOGUE' | 'PAYMENTS' | 'PROVISIONER' | 'PURCHASE'>;

/** Path prefix → worker. A prefix covers itself and everything below it, by whole segments. No two overlap. */
export const API_PREFIXES = {
  '/.well-known/jwks.json': 'AUTH',
  '/.well-known/licence-keys.json': 'PROVISIONER',
  '/.well-known/oauth-authorization-server': 'AUTH',
  '/.well-known/openid-configuration': 'AUTH',
  '/v1/auth': 'AUTH',
  '/v1/backups/auth': 'AUTH',
  '/v1/backups/catalogue': 'CATALOGUE',
  '/v1/backups/payments': 'PAYMENTS',
  '/v1/backups/provisioner': 'PROVISIONER',
  '/v1/backups/purchase': 'PURCHASE',
  '/v1/carts': 'PURCHASE',
  '/v1/catalogue-jobs': 'CATALOGUE',
  '/v1/collections': 'CATALOGUE',
  '/v1/connector-callbacks': 'PROVISIONER',
  '/v1/connector-queues': 'PROVISIONER',
  '/v1/customer-groups': 'PURCHASE',
  '/v1/dead-letters/catalogue': 'CATALOGUE',
  '/v1/dead-letters/payments': 'PAYMENTS',
  '/v1/dead-letters/provisioner': 'PROVISIONER',
  '/v1/dead-letters/purchase': 'PURCHASE',
  '/v1/disputes': 'PAYMENTS',
  '/v1/downloads': 'PROVISIONER',
  '/v1/entitlements': 'PROVISIONER',
  '/v1/exports': 'CATALOGUE',
  '/v1/files': 'PROVISIONER',
  '/v1/fraud': 'PURCHASE',
  '/v1/gift-cards': 'PAYMENTS',
  '/v1/imports': 'CATALOGUE',
  '/v1/instances': 'PROVISIONER',
  '/v1/instance-changes': 'PURCHASE',
  '/v1/instance-renewals': 'PURCHASE',
  '/v1/instance-transfers': 'PROVISIONER',
  '/v1/ledger': 'PAYMENTS',
  '/v1/mail-templates': 'PURCHASE',
  '/v1/me': 'PROVISIONER',
  '/v1/media': 'CATALOGUE',
  '/v1/oauth': 'AUTH',
  '/v1/offers': 'PURCHASE',
  '/v1/orders': 'PURCHASE',
  '/v1/partner-callbacks': 'PROVISIONER',
  '/v1/payment-events': 'PAYMENTS',
  '/v1/payment-findings': 'PAYMENTS',
  '/v1/payment-methods': 'PAYMENTS',
  '/v1/price-lists': 'CATALOGUE',
  '/v1/price-preview': 'PURCHASE',
  '/v1/product-types': 'CATALOGUE',
  '/v1/products': 'CATALOGUE',
  '/v1/promotions': 'PURCHASE',
  '/v1/provisioning': 'PROVISIONER',
  '/v1/reconciliations': 'PAYMENTS',
  '/v1/reports/gift-cards': 'PAYMENTS',
  '/v1/reports/settlement.csv': 'PAYMENTS',
  '/v1/reports/tax.csv': 'PURCHASE',
  '/v1/search': 'CATALOGUE',
  '/v1/search-boosts': 'CATALOGUE',
  '/v1/search-synonyms': 'CATALOGUE',
  '/v1/shipping-methods': 'PURCHASE',
  '/v1/stock': 'PURCHASE',
  '/v1/tax-modes': 'PURCHASE',
  '/v1/tax-rates': 'PURCHASE',
  '/v1/webhook-endpoints': 'PURCHASE',
  '/v1/webhooks/stripe': 'PAYMENTS',
} as const satisfies Record<string, ServiceName>;

const SERVICES = new Map<string, ServiceName>(Object.entries(API_PREFIXES));
const SEGMENTS_MAX = Math.max(...[...SERVICES.keys()].map((prefix) => prefix.split('/').length));

/** The worker that answers `path`, or null when the API has nothing there. Looks at the first segments only. */
export function serviceFor(path: string): ServiceName | null {
  const segments = path.split('/', SEGMENTS_MAX);
  for (let length = segments.length; length > 1; length -= 1) {
    const service = SERVICES.get(segments.slice(0, length).join('/'));
    if (service !== undefined) return service;
  }
  return null;
}

/** Whether a path belongs to the API rather than to the pages: refusals are problem details, and cookies mean nothing. */
export const isApiPath = (path: string): boolean => path === '/v1' || /^\/(v1|\.well-known)\//.test(path);
