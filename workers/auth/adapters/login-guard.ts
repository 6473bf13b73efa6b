import type { GuardVerdict, LoginGuard } from '#objects/login-guard/object.ts';
import type { PolicyName, SignalName } from '#objects/login-guard/policies.ts';
import type { Clock } from '#shared/time/time.ts';
import { SITE_PRESSURE_CACHE_MS } from '../limits.ts';

/** Exact limits on guessing, one object a key. A guard that cannot be reached throws, and that denies. */
export interface Guard {
  /** `proven`: pressure of the challenge solved for this attempt; null: none was. */
  attempt(key: string, policy: PolicyName, source: string, proven: number | null): Promise<GuardVerdict>;
  /** Pressure on the whole site, as of `SITE_PRESSURE_CACHE_MS` ago at most; null: none. */
  sitePressure(): Promise<number | null>;
  /** Uses an id up: true for one caller alone. */
  spend(id: string, until: number): Promise<boolean>;
  /** The attempt was honest: it no longer counts. */
  refund(key: string, policy: PolicyName, source: string): Promise<void>;
  /** The owner was at `source`: strangers' failures no longer touch it. */
  trust(key: string, policy: PolicyName, source: string, attempted: boolean): Promise<void>;
  /** Whether the owner was at `source` before. */
  knows(key: string, source: string): Promise<boolean>;
  /** A sign-in failed; true when it makes a signal, once in a while. */
  failed(key: string, signal: SignalName, subject: string): Promise<boolean>;
}

/** Every wrong password of the site is counted under it. */
export const SITE_KEY = 'site';

/** What an isolate remembers of the pressure on the site. */
export interface SitePressure {
  readAt: number;
  pressure: number | null;
}

export function objectGuard(
  namespace: DurableObjectNamespace<LoginGuard>,
  site: SitePressure,
  clock: Clock,
): Guard {
  const at = (key: string) => namespace.getByName(key);
  return {
    attempt: async (key, policy, source, proven) => at(key).attempt(policy, source, proven),
    async sitePressure() {
      if (clock.now() - site.readAt >= SITE_PRESSURE_CACHE_MS) {
        site.pressure = await at(SITE_KEY).pressure('password.site');
        site.readAt = clock.now();
      }
      return site.pressure;
    },
    // One owner for each id, and not one for all: solved challenges are many when it matters.
    spend: async (id, until) => at(`spent:${id.slice(0, 1)}`).spend(id, until),
    refund: async (key, policy, source) => at(key).refund(policy, source),
    knows: async (key, source) => at(key).knows(source),
    failed: async (key, signal, subject) => at(key).failed(signal, subject),
    trust: async (key, policy, source, attempted) => at(key).trust(policy, source, attempted),
  };
}
