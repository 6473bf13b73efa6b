import { systemClock } from '#shared/time/time.ts';
import { stripeFacts } from './adapters/stripe-facts.ts';
import { stripeClient, stripeGateway } from './adapters/stripe-gateway.ts';
import { isLiveKey, refuseUnfitKey } from './adapters/stripe-mode.ts';
import { stripeOwners } from './adapters/stripe-owners.ts';
import { stripePeriod } from './adapters/stripe-period.ts';
import { stripeVault } from './adapters/stripe-vault.ts';
import { stripeWebhooks } from './adapters/stripe-webhook.ts';
import type { Env } from './env.ts';
import { governed } from './governed.ts';
import { d1Findings } from './queries/findings.ts';
import { restWatch } from './usecases/findings/rest-watch.ts';
import type { FactsSource } from './usecases/ledger/ports.ts';
import type { EventOwnerSource, PaymentGateway, WebhookVerifier } from './usecases/ports.ts';
import type { PeriodSource } from './usecases/reconcile/ports.ts';
import type { MethodVault } from './usecases/saved-methods/ports.ts';

/** All that one payment provider does for us: an adapter a port. */
export interface Provider {
  /** As rows, events and payments name it. */
  name: string;
  gateway: PaymentGateway;
  vault: MethodVault;
  facts: FactsSource;
  period: PeriodSource;
  webhooks: WebhookVerifier;
  owners: EventOwnerSource;
}

function stripe(env: Env): Provider {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env;
  refuseUnfitKey(secretKey, env.PAYMENTS_MODE);
  const client = stripeClient({ secretKey, apiBase, fetch: governed(env) });
  return {
    name: 'stripe',
    gateway: stripeGateway(client, systemClock, restWatch(d1Findings(env.PAYMENTS_DB), systemClock)),
    vault: stripeVault(client),
    facts: stripeFacts(client),
    period: stripePeriod(client, { isLive: isLiveKey(secretKey) }),
    webhooks: stripeWebhooks({ secrets: env.STRIPE_WEBHOOK_SECRET, secretKey }),
    owners: stripeOwners(client),
  };
}

/** The providers there are, by the value of `PAYMENT_PROVIDER`. How to add one: docs/decisions/0023. */
const PROVIDERS: Readonly<Record<string, (env: Env) => Provider>> = { stripe };

let cached: { settings: string; provider: Provider } | null = null;

/** The provider payments are opened at. Made once per isolate: its client builds a hundred resources each time. */
export function provider(env: Env): Provider {
  const { PAYMENT_PROVIDER, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE } = env;
  const settings = [PAYMENT_PROVIDER, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE].join(' ');
  if (cached?.settings !== settings) {
    const make = PROVIDERS[env.PAYMENT_PROVIDER];
    if (make === undefined) throw new Error(`PAYMENT_PROVIDER names no provider: ${env.PAYMENT_PROVIDER}`);
    cached = { settings, provider: make(env) };
  }
  return cached.provider;
}
