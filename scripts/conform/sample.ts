import { Stripe } from 'stripe';

/** Objects of every sort the sandbox answers, each as the API sent it: nothing added or left out by the SDK. */
export type Sample = Record<string, unknown> & { object: string };

const WAIT_MS = 2_500;

/** Plays payments, refunds, disputes, reviews, saved methods and transfers, and answers every object that was sent. */
export async function sampleOf(sandboxOrigin: string, key: string): Promise<Sample[]> {
  const seen: Sample[] = [];
  const stripe = new Stripe(key, {
    protocol: 'http',
    host: new URL(sandboxOrigin).hostname,
    port: new URL(sandboxOrigin).port,
    maxNetworkRetries: 0,
    httpClient: Stripe.createFetchHttpClient(async (...request: Parameters<typeof fetch>) => {
      const response = await fetch(...request);
      collect(await response.clone().json(), seen);
      return response;
    }),
  });
  const customer = await stripe.customers.create({ email: 'ann@example.org', name: 'Ann' });
  await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  await stripe.setupIntents.create({
    customer: customer.id,
    payment_method: 'pm_card_visa',
    confirm: true,
    return_url: 'http://shop.test/account',
  });
  const pay = (token: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
    stripe.paymentIntents
      .create({
        amount: 2_500,
        currency: 'eur',
        customer: customer.id,
        payment_method: token,
        confirm: true,
        return_url: 'http://shop.test/orders/1',
        expand: ['latest_charge'],
        ...more,
      })
      .catch(() => null);
  const held = await pay('pm_card_visa', { capture_method: 'manual' });
  if (held !== null) {
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 2_000 });
    await stripe.refunds.create({ payment_intent: held.id, amount: 500 });
  }
  for (const token of [
    'pm_card_createDispute',
    'pm_card_createIssuerFraudRecord',
    'pm_card_riskLevelElevated',
    'pm_card_chargeDeclined',
    'pm_card_threeDSecure2Required',
    'pm_success_at',
    'pm_sandbox_bankTransfer',
    'pm_sandbox_applePay',
  ])
    await pay(token);
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  await Promise.all([
    stripe.disputes.list(),
    stripe.reviews.list(),
    stripe.radar.earlyFraudWarnings.list(),
    stripe.balanceTransactions.list({ limit: 100 }),
    stripe.charges.list({ limit: 100 }),
    stripe.events.list({ limit: 100 }),
    stripe.accounts.retrieveCurrent(),
    stripe.webhookEndpoints.list(),
  ]);
  return seen;
}

const ENVELOPES = new Set(['list', 'search_result']);
/** Every object in an answer, also inside others. */
function collect(value: unknown, into: Sample[]): void {
  if (value === null || typeof value !== 'object') return;
  if ('object' in value && typeof value.object === 'string' && !ENVELOPES.has(value.object))
    into.push(value as Sample);
  for (const member of Object.values(value)) collect(member, into);
}
