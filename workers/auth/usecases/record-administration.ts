import type { Actor } from '#shared/auth/access-token.ts';
import { isAdministrative, type Permission } from '#shared/auth/permissions.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';

/**
 * Writes down each use of a right that administrators alone have, and each try of somebody without it, before anything is
 * done: when it cannot be written, nothing is done. What a use case changes it records itself beside this.
 */
export async function recordAdministration(
  { ports, caller }: { ports: AuthPorts; caller: Caller },
  request: {
    actor: Actor;
    permissions: readonly Permission[];
    isAllowed: boolean;
    method: string;
    path: string;
  },
): Promise<void> {
  if (!request.permissions.some(isAdministrative)) return;
  await ports.commit([
    audited(ports, caller, {
      action: 'administration.asked',
      outcome: request.isAllowed ? 'success' : 'failure',
      actorId: request.actor.userId,
      subject: null,
      factor: 'session',
      detail: { request: `${request.method} ${request.path}`, permissions: request.permissions },
    }),
  ]);
}
