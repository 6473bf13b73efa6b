import type { Actor } from '#shared/auth/access-token.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { auditPage, type AuditExport, type AuditVerification, verifyAuditChain } from './audit-chain.ts';
import { rotateAuditKey } from './audit-keys.ts';
import { currentSession } from './current-session.ts';
import type { AuthError } from './errors.ts';
import { rotateSigningKey } from './signing-keys.ts';

const KEYS = { permission: 'keys.manage' } as const;
const AUDIT = { permission: 'audit.read' } as const;

/** An administrator's order to rotate the signing key now, and the audit log's with it. */
export async function orderRotation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
): Promise<Result<'rotated' | 'not_due', AuthError>> {
  const current = await currentSession(ports, actor, KEYS);
  if (!current.ok) return current;
  const status = await rotateSigningKey(ports, false);
  if (status === 'rotated') await rotateAuditKey(ports, false);
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
  const current = await currentSession(ports, actor, AUDIT);
  return current.ok ? ok(await verifyAuditChain(ports, after)) : current;
}

export async function exportAuditLog(
  ports: AuthPorts,
  actor: Actor,
  after: number,
): Promise<Result<AuditExport, AuthError>> {
  const current = await currentSession(ports, actor, AUDIT);
  return current.ok ? ok(await auditPage(ports, after)) : current;
}
