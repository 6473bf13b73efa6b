import { systemClock } from '#shared/time/time.ts';
import { sendingTo } from './adapters/event-queue.ts';
import { stripeFacts } from './adapters/stripe-facts.ts';
import { stripeOwners } from './adapters/stripe-owners.ts';
import { stripePeriod } from './adapters/stripe-period.ts';
import { isLiveKey } from './adapters/stripe-mode.ts';
import { stripeClient, stripeGateway } from './adapters/stripe-gateway.ts';
import { stripeVault } from './adapters/stripe-vault.ts';
import { stripeWebhooks } from './adapters/stripe-webhook.ts';
import type { Env } from './env.ts';
import { governed } from './governed.ts';
import { d1Findings } from './queries/findings.ts';
import { d1Inbox } from './queries/inbox.ts';
import { d1Ledger } from './queries/ledger.ts';
import { d1OurPayments } from './queries/our-payments.ts';
import { d1Reconciliations } from './queries/reconciliations.ts';
import { d1ProviderCustomers } from './queries/provider-customers.ts';
import { d1Registry } from './queries/registry.ts';
import { settlementPages } from './queries/settlement.ts';
import type { FindingStore } from './usecases/findings/ports.ts';
import type { FactsQueue, FactsSource, LedgerPorts } from './usecases/ledger/ports.ts';
import type { Period, PeriodSource, ReconcilePorts } from './usecases/reconcile/ports.ts';
import type { SettlementRow } from './usecases/settlement.ts';
import type { MethodVault, VaultPorts } from './usecases/saved-methods/ports.ts';
import type { EventOwnerSource, EventPorts, PaymentGateway, WebhookVerifier } from './usecases/ports.ts';

/** A purchase brings several events within a second or two: the provider is asked once for all of them. */
const FACTS_DELAY_SECONDS = 2;
const factsQueue = (env: Env): FactsQueue => sendingTo(env.PAYMENT_FACTS, FACTS_DELAY_SECONDS);

export const eventPorts = (env: Env): EventPorts & { verifier: WebhookVerifier } => ({
  inbox: d1Inbox(env.PAYMENTS_DB),
  registry: d1Registry(env.PAYMENTS_DB),
  queue: sendingTo(env.PAYMENT_EVENTS),
  factsQueue: factsQueue(env),
  clock: systemClock,
  verifier: stripeWebhooks({ secrets: env.STRIPE_WEBHOOK_SECRET, secretKey: env.STRIPE_SECRET_KEY }),
});

/** What the minute's sweep of the inbox needs beside. */
export const sweepPorts = (env: Env): EventPorts & { owners: EventOwnerSource } => ({
  ...eventPorts(env),
  owners: provider(env).owners,
});

export const reconcilePorts = (env: Env): ReconcilePorts => ({
  ...eventPorts(env),
  ...ledgerPorts(env),
  runs: d1Reconciliations(env.PAYMENTS_DB),
  ours: d1OurPayments(env.PAYMENTS_DB),
  period: provider(env).period,
});

/** Movements of our balance in a period, page by page. */
export const settlement = (env: Env, period: Period): AsyncIterable<SettlementRow[]> =>
  settlementPages(env.PAYMENTS_DB, period);

export const ledgerPorts = (env: Env): LedgerPorts & { findings: FindingStore } => ({
  ledger: d1Ledger(env.PAYMENTS_DB),
  findings: d1Findings(env.PAYMENTS_DB),
  factsQueue: factsQueue(env),
  source: provider(env).facts,
  clock: systemClock,
});

export const vaultPorts = (env: Env): VaultPorts => ({
  vault: provider(env).vault,
  customers: d1ProviderCustomers(env.PAYMENTS_DB, PROVIDER),
  clock: systemClock,
});

/** The payment provider. */
export const paymentGateway = (env: Env): PaymentGateway => provider(env).gateway;

const PROVIDER = 'stripe';

interface Provider {
  gateway: PaymentGateway;
  vault: MethodVault;
  facts: FactsSource;
  period: PeriodSource;
  owners: EventOwnerSource;
}
let cached: { key: string; base: string; provider: Provider } | null = null;

/** Its client is made once per isolate: it builds a hundred resources each time. */
function provider(env: Env): Provider {
  const { STRIPE_SECRET_KEY: key, STRIPE_API_BASE: base } = env;
  if (cached === null || cached.key !== key || cached.base !== base) {
    const client = stripeClient({ secretKey: key, apiBase: base, fetch: governed(env) });
    const period = stripePeriod(client, { isLive: isLiveKey(key) });
    cached = {
      key,
      base,
      provider: {
        gateway: stripeGateway(client),
        vault: stripeVault(client),
        facts: stripeFacts(client),
        period,
        owners: stripeOwners(client),
      },
    };
  }
  return cached.provider;
}
