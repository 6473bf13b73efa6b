import type { GovernorFace } from '#objects/provider-governor/face.ts';
import type { Rates } from '#objects/provider-governor/machine.ts';
import { log } from '#shared/observability/log.ts';
import { type Clock, SECOND_MS } from '#shared/time/time.ts';

export interface GovernorPorts {
  governor: GovernorFace;
  rates: Rates;
  clock: Clock;
  sleep(ms: number): Promise<void>;
  /** How long a request may wait for its turn. Its caller has a time-out of its own. */
  waitMaxMs: number;
}

/** A lease as this isolate may use it: from its own clock, which asked before the governor answered. */
interface Held {
  lane: string | null;
  share: number;
  from: number;
  until: number;
  /** When its requests were or will be sent, those of the last second. */
  uses: number[];
}

/**
 * `fetch` that keeps to the leases of the governor: a request goes out at once while a lease has room, else it asks for
 * one and waits for its turn. Too long a wait is answered as the provider would, 429 with `Retry-After`; where the provider
 * itself says so, everybody is slowed down. When the governor cannot be reached requests go out all the same: the provider
 * guards itself, and a payment must not fail because we count.
 *
 * Requests of an isolate share its leases as plain data; each asks for itself, since nothing of one may be awaited by another.
 */
export function governedFetch(send: typeof fetch, ports: GovernorPorts): typeof fetch {
  const slots = new Slots(ports);
  return async (input, init) => {
    const lane = laneOf(input, init);
    const refusedForMs = await slots.take(lane);
    if (refusedForMs !== null) return tooMany(refusedForMs);
    const response = await send(input, init);
    if (response.status === 429) await slots.refused(response, lane);
    return response;
  };
}

class Slots {
  readonly #ports: GovernorPorts;
  #held: Held[] = [];

  constructor(ports: GovernorPorts) {
    this.#ports = ports;
  }

  /** Resolves when the request may be sent; milliseconds when it has to come again so much later. */
  async take(lane: string): Promise<number | null> {
    if (this.#use(lane)) return null;
    try {
      return await this.#ask(lane);
    } catch (error) {
      log.warn('the governor cannot be reached', { system: 'payments', lane, error });
      return null;
    }
  }

  async refused(response: Response, lane: string): Promise<void> {
    const reason = response.headers.get('stripe-rate-limited-reason');
    // A 429 without a reason may be a lock on the object: no rate was met.
    if (reason === null) return;
    this.#held = [];
    const retryAfterMs = Math.min(600, Number(response.headers.get('retry-after')) || 0) * SECOND_MS;
    log.warn('the provider refuses for its rate', { system: 'payments', lane, reason, retryAfterMs });
    await this.#ports.governor.slowDown({ retryAfterMs }).catch((error: unknown) => {
      log.warn('the governor cannot be reached', { system: 'payments', lane, error });
    });
  }

  async #ask(lane: string): Promise<number | null> {
    const { governor, rates, clock, sleep, waitMaxMs } = this.#ports;
    const askedAt = clock.now();
    const grant = await governor.lease({ lane, wanted: 1, rates: ratesOf(lane, rates), waitMaxMs });
    if (!grant.granted) return grant.retryAfterMs;
    // The wait is counted from the answer, the end from the question: never earlier, never longer than the governor means.
    const from = clock.now() + grant.startsInMs;
    const until = Math.max(from, askedAt + grant.startsInMs + grant.forMs);
    this.#held.push({ lane: grant.lane, share: grant.share, from, until, uses: [from] });
    if (grant.startsInMs > 0) await sleep(grant.startsInMs);
    return null;
  }

  #use(lane: string): boolean {
    const now = this.#ports.clock.now();
    this.#held = this.#held.filter(({ until }) => until > now - SECOND_MS);
    const free = this.#held.find((held) => {
      const isOpen = held.from <= now && now < held.until && (held.lane === null || held.lane === lane);
      held.uses = held.uses.filter((at) => at > now - SECOND_MS);
      return isOpen && held.uses.length < held.share;
    });
    free?.uses.push(now);
    return free !== undefined;
  }
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
