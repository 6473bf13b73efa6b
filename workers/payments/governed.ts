import { callObject } from '#objects/lib/namespace.ts';
import type { GovernorFace } from '#objects/provider-governor/face.ts';
import { outsideFetch } from '#shared/observability/work.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import { governedFetch } from './adapters/governed-fetch.ts';
import { isLiveKey } from './adapters/stripe-mode.ts';
import type { Env } from './env.ts';

/** How long a request waits for its turn: less than the caller's time-out, which the provider's answer must fit in too. */
const TURN_WAIT_MAX_MS = 8 * SECOND_MS;
const STRIPE_ORIGIN = 'https://api.stripe.com';
/** Of a test key at Stripe itself (https://docs.stripe.com/rate-limits). */
const TEST_KEY_RATE = 25;

/** The provider's API at the rate it allows this account. The governor is one for all isolates. */
export function governed(env: Env): typeof fetch {
  const isTest = !isLiveKey(env.STRIPE_SECRET_KEY) && env.STRIPE_API_BASE === STRIPE_ORIGIN;
  const rate = (setting: string): number => {
    const wanted = Math.max(1, Math.floor(Number(setting)) || 1);
    return isTest ? Math.min(wanted, TEST_KEY_RATE) : wanted;
  };
  const on = <Value>(call: (governor: GovernorFace) => Promise<Value>): Promise<Value> =>
    callObject(env.GOVERNOR, 'provider', call);
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
