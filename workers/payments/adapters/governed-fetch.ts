import type { Rates } from '#objects/provider-governor/machine.ts';
import { Slots, type SlotsPorts } from '#objects/provider-governor/slots.ts';
import { log } from '#shared/observability/log.ts';
import { SECOND_MS } from '#shared/time/time.ts';

export interface GovernorPorts extends Omit<SlotsPorts, 'rates' | 'system'> {
  rates: Rates;
}

/**
 * `fetch` that keeps to the leases of the governor (`Slots`). Too long a wait is answered as the provider would, 429 with
 * `Retry-After`; where the provider itself says so, everybody is slowed down.
 */
export function governedFetch(send: typeof fetch, ports: GovernorPorts): typeof fetch {
  const slots = new Slots({ ...ports, system: 'payments', rates: (lane) => ratesOf(lane, ports.rates) });
  return async (input, init) => {
    const lane = laneOf(input, init);
    const refusedForMs = await slots.take(lane);
    if (refusedForMs !== null) return tooMany(refusedForMs);
    const response = await send(input, init);
    if (response.status === 429) await slowDown(slots, response, lane);
    return response;
  };
}

async function slowDown(slots: Slots, response: Response, lane: string): Promise<void> {
  const reason = response.headers.get('stripe-rate-limited-reason');
  // A 429 without a reason may be a lock on the object: no rate was met.
  if (reason === null) return;
  const retryAfterMs = Math.min(600, Number(response.headers.get('retry-after')) || 0) * SECOND_MS;
  log.warn('the provider refuses for its rate', { system: 'payments', lane, reason, retryAfterMs });
  await slots.slowDown(lane, retryAfterMs);
}

/** Searches have a limit of their own, live and test (https://docs.stripe.com/rate-limits). */
const SEARCHES_PER_SECOND = 20;
const ratesOf = (lane: string, { perSecond, perOperation }: Rates): Rates => ({
  perSecond,
  perOperation: lane.endsWith('/search') ? Math.min(perOperation, SEARCHES_PER_SECOND) : perOperation,
});

/** The operation a request is: its method and path, each id in it left out (https://docs.stripe.com/rate-limits). */
export function laneOf(input: RequestInfo | URL, init?: RequestInit): string {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const path = pathname.replaceAll(/\/[a-z]+_\w+(?=\/|$)/g, (part) =>
    NAMES.has(part.slice(1)) ? part : '/{id}',
  );
  return `${method} ${path}`.slice(0, 200);
}
/** Parts of paths that look like ids and are none. */
const NAMES: ReadonlySet<string> = new Set([
  'payment_intents',
  'payment_methods',
  'setup_intents',
  'balance_transactions',
  'cash_balance',
  'early_fraud_warnings',
  'webhook_endpoints',
  'customer_sessions',
  'setup_attempts',
]);

/** As the provider says it, so that the caller has one way to read it. */
const tooMany = (retryAfterMs: number): Response =>
  Response.json(
    {
      error: {
        type: 'invalid_request_error',
        code: 'rate_limit',
        message: 'held back: too many requests wait',
      },
    },
    { status: 429, headers: { 'retry-after': String(Math.ceil(retryAfterMs / SECOND_MS)) } },
  );
