import { outsideFetch } from '#shared/observability/work.ts';
import { systemClock } from '#shared/time/time.ts';
import { eventQueue } from './adapters/event-queue.ts';
import { stripeClient, stripeGateway } from './adapters/stripe-gateway.ts';
import { stripeWebhooks } from './adapters/stripe-webhook.ts';
import type { Env } from './env.ts';
import { d1Inbox } from './queries/inbox.ts';
import { d1Registry } from './queries/registry.ts';
import type { EventPorts, PaymentGateway, WebhookVerifier } from './usecases/ports.ts';

export const eventPorts = (env: Env): EventPorts & { verifier: WebhookVerifier } => ({
  inbox: d1Inbox(env.PAYMENTS_DB),
  registry: d1Registry(env.PAYMENTS_DB),
  queue: eventQueue(env.PAYMENT_EVENTS),
  clock: systemClock,
  verifier: stripeWebhooks({ secrets: env.STRIPE_WEBHOOK_SECRET, secretKey: env.STRIPE_SECRET_KEY }),
});

let cached: { key: string; base: string; gateway: PaymentGateway } | null = null;

/** The payment provider. Its client is made once per isolate: it builds a hundred resources each time. */
export function paymentGateway(env: Env): PaymentGateway {
  const { STRIPE_SECRET_KEY: key, STRIPE_API_BASE: base } = env;
  if (cached === null || cached.key !== key || cached.base !== base) {
    const client = stripeClient({
      secretKey: key,
      apiBase: base,
      fetch: outsideFetch,
    });
    cached = { key, base, gateway: stripeGateway(client) };
  }
  return cached.gateway;
}
