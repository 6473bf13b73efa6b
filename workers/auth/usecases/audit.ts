import type { AuditRow } from '../queries/audit.ts';
import type { Write } from '../queries/commit.ts';
import type { AuthPorts, Caller } from '../ports.ts';

export interface AuditEntry {
  /** e.g. `sign_in`, `role.change`. */
  action: string;
  outcome: 'success' | 'failure';
  /** Account that acts; null when nobody is proven. */
  actorId: string | null;
  /** Account acted on, or the keyed hash of an address that has none. */
  subject: string | null;
  factor?:
    | 'password'
    | 'passkey'
    | 'totp'
    | 'recovery_code'
    | 'email'
    | 'federation'
    | 'refresh_token'
    | 'session'
    | 'none';
  /** Never a secret, never an address in the clear. */
  detail?: Record<string, unknown>;
}

/** To be committed with the change it tells of, so that neither exists without the other. */
export const audited = (ports: AuthPorts, caller: Caller, entry: AuditEntry): Write =>
  ports.audit.add(rowOf(ports, caller, entry));

/** The same for what may be said more than once: only the first of the same action about the same with the same detail is kept. */
export const auditedOnce = (ports: AuthPorts, caller: Caller, entry: AuditEntry): Write =>
  ports.audit.addOnce(rowOf(ports, caller, entry));

const rowOf = (ports: AuthPorts, caller: Caller, entry: AuditEntry): Omit<AuditRow, 'sequence'> => ({
  at: ports.clock.now(),
  requestId: caller.requestId,
  address: caller.network,
  actorId: entry.actorId,
  subject: entry.subject,
  action: entry.action,
  outcome: entry.outcome,
  factor: entry.factor ?? 'none',
  detail: JSON.stringify(entry.detail ?? {}),
});
