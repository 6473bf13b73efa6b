import type { GuardVerdict, LoginGuard } from '#objects/login-guard/object.ts';
import type { PolicyName } from '#objects/login-guard/policies.ts';

/** Exact limits on guessing, one object a key. A guard that cannot be reached throws, and that denies. */
export interface Guard {
  attempt(key: string, policy: PolicyName, source: string): Promise<GuardVerdict>;
  /** The attempt was honest: it no longer counts. */
  refund(key: string, policy: PolicyName, source: string): Promise<void>;
  /** The owner was at `source`: strangers' failures no longer touch it. */
  trust(key: string, policy: PolicyName, source: string, attempted: boolean): Promise<void>;
}

export const objectGuard = (namespace: DurableObjectNamespace<LoginGuard>): Guard => ({
  attempt: async (key, policy, source) => namespace.getByName(key).attempt(policy, source),
  refund: async (key, policy, source) => namespace.getByName(key).refund(policy, source),
  trust: async (key, policy, source, attempted) => namespace.getByName(key).trust(policy, source, attempted),
});
