import type { GuardVerdict, LoginGuard } from '#objects/login-guard/object.ts';
import type { PolicyName, SignalName } from '#objects/login-guard/policies.ts';

/** Exact limits on guessing, one object a key. A guard that cannot be reached throws, and that denies. */
export interface Guard {
  attempt(key: string, policy: PolicyName, source: string): Promise<GuardVerdict>;
  /** The attempt was honest: it no longer counts. */
  refund(key: string, policy: PolicyName, source: string): Promise<void>;
  /** The owner was at `source`: strangers' failures no longer touch it. */
  trust(key: string, policy: PolicyName, source: string, attempted: boolean): Promise<void>;
  /** Whether the owner was at `source` before. */
  knows(key: string, source: string): Promise<boolean>;
  /** A sign-in failed; true when it makes a signal, once in a while. */
  failed(key: string, signal: SignalName, subject: string): Promise<boolean>;
}

export const objectGuard = (namespace: DurableObjectNamespace<LoginGuard>): Guard => ({
  attempt: async (key, policy, source) => namespace.getByName(key).attempt(policy, source),
  refund: async (key, policy, source) => namespace.getByName(key).refund(policy, source),
  knows: async (key, source) => namespace.getByName(key).knows(source),
  failed: async (key, signal, subject) => namespace.getByName(key).failed(signal, subject),
  trust: async (key, policy, source, attempted) => namespace.getByName(key).trust(policy, source, attempted),
});
