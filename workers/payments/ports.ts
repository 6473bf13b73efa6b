import { callObject } from '#objects/lib/namespace.ts';
import type { GovernorFace } from '#objects/provider-governor/face.ts';
import { meterWork, outsideFetch } from '#shared/observability/work.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import { sendingTo } from './adapters/event-queue.ts';
import { stripeFacts } from './adapters/stripe-facts.ts';
import { stripePeriod } from './adapters/stripe-period.ts';
import { isLiveKey } from './adapters/stripe-mode.ts';
import { stripeClient, stripeGateway } from './adapters/stripe-gateway.ts';
import { stripeWebhooks } from './adapters/stripe-webhook.ts';
import { governedFetch } from './adapters/governed-fetch.ts';
import { BINDINGS, type Env } from './env.ts';
import { d1Findings } from './queries/findings.ts';
import { d1Inbox } from './queries/inbox.ts';
import { d1Ledger } from './queries/ledger.ts';
import { d1OurPayments } from './queries/our-payments.ts';
import { d1Reconciliations } from './queries/reconciliations.ts';
import { d1Registry } from './queries/registry.ts';
import { settlementPages } from './queries/settlement.ts';
import type { FindingStore } from './usecases/findings/ports.ts';
import type { FactsQueue, FactsSource, LedgerPorts } from './usecases/ledger/ports.ts';
import type { Period, PeriodSource, ReconcilePorts } from './usecases/reconcile/ports.ts';
import type { SettlementRow } from './usecases/settlement.ts';
import type { EventPorts, PaymentGateway, WebhookVerifier } from './usecases/ports.ts';

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

/** The payment provider. */
export const paymentGateway = (env: Env): PaymentGateway => provider(env).gateway;

interface Provider {
  gateway: PaymentGateway;
  facts: FactsSource;
  period: PeriodSource;
}
let cached: { key: string; base: string; provider: Provider } | null = null;

/** Its client is made once per isolate: it builds a hundred resources each time. */
function provider(env: Env): Provider {
  const { STRIPE_SECRET_KEY: key, STRIPE_API_BASE: base } = env;
  if (cached === null || cached.key !== key || cached.base !== base) {
    const client = stripeClient({ secretKey: key, apiBase: base, fetch: governed(env) });
    const period = stripePeriod(client, { isLive: isLiveKey(key) });
    cached = { key, base, provider: { gateway: stripeGateway(client), facts: stripeFacts(client), period } };
  }
  return cached.provider;
}

/** How long a request waits for its turn: less than the caller's time-out, which the provider's answer must fit in too. */
const TURN_WAIT_MAX_MS = 8 * SECOND_MS;
const STRIPE_ORIGIN = 'https://api.stripe.com';
/** Of a test key at Stripe itself (https://docs.stripe.com/rate-limits). */
const TEST_KEY_RATE = 25;

/** The provider's API at the rate it allows this account. The governor is one for all isolates. */
function governed(env: Env): typeof fetch {
  const metered = meterWork(env, BINDINGS);
  const isTest = env.STRIPE_SECRET_KEY.includes('_test_') && env.STRIPE_API_BASE === STRIPE_ORIGIN;
  const rate = (setting: string): number => {
    const wanted = Math.max(1, Math.floor(Number(setting)) || 1);
    return isTest ? Math.min(wanted, TEST_KEY_RATE) : wanted;
  };
  const on = <Value>(call: (governor: GovernorFace) => Promise<Value>): Promise<Value> =>
    callObject(metered.GOVERNOR, 'provider', call);
  return governedFetch(outsideFetch, {
    governor: {
      lease: (input) => on((governor) => governor.lease(input)),
      slowDown: (input) => on((governor) => governor.slowDown(input)),
    },
    rates: {
      perSecond: rate(env.STRIPE_REQUESTS_PER_SECOND),
      perOperation: rate(env.STRIPE_OPERATION_REQUESTS_PER_SECOND),
    },
    clock: systemClock,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    waitMaxMs: TURN_WAIT_MAX_MS,
  });
}
