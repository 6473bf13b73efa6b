import type { Actor } from '#shared/auth/access-token.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited, verifyAuditChain, type AuditVerification } from './audit.ts';
import { currentSession } from './current-session.ts';
import type { AuthError } from './errors.ts';
import { rotateSigningKey } from './signing-keys.ts';

const DEMAND = { permission: 'accounts.manage' } as const;

/** An administrator's order to rotate the signing key now. */
export async function orderRotation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
): Promise<Result<'rotated' | 'not_due', AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  if (!current.ok) return current;
  const status = await rotateSigningKey(ports, false);
  await ports.commit([
    audited(ports, caller, {
      action: 'signing_key.rotated',
      outcome: status === 'rotated' ? 'success' : 'failure',
      actorId: actor.userId,
      subject: null,
      factor: 'session',
    }),
  ]);
  return ok(status);
}

export async function checkAuditLog(
  ports: AuthPorts,
  actor: Actor,
  after: number,
): Promise<Result<AuditVerification, AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  return current.ok ? ok(await verifyAuditChain(ports, after)) : current;
}
