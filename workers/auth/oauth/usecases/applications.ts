import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { CLIENTS_LISTED_MAX } from '../limits.ts';
import { scopeText } from '../scopes.ts';

export interface Application {
  clientId: string;
  name: string;
  scopes: { name: string; text: string }[];
  grantedAt: number;
}

/** Applications the customer has agreed to. */
export async function listApplications(
  ports: AuthPorts,
  actor: Actor,
): Promise<Result<Application[], AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  return ok(await applicationsOf(ports, actor.userId));
}

export async function applicationsOf(ports: AuthPorts, accountId: string): Promise<Application[]> {
  const rows = await ports.oauth.consents.ofAccount(accountId, CLIENTS_LISTED_MAX);
  return rows.map((row) => ({ ...row, scopes: row.scopes.map((name) => ({ name, text: scopeText(name) })) }));
}

/** Takes the consent back and ends every session the application has for this customer, or could still begin. */
export async function withdrawApplication(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  clientId: string,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const now = ports.clock.now();
  const done = await ports.commit([
    ports.oauth.consents.expect(actor.userId, clientId),
    ports.oauth.consents.remove(actor.userId, clientId),
    ports.oauth.codes.removeUnused(clientId, actor.userId),
    ports.oauth.devices.removeOf(clientId, actor.userId),
    ports.sessions.revokeOfClient(clientId, actor.userId, 'application_withdrawn', now),
    audited(ports, caller, {
      action: 'oauth.withdrawn',
      outcome: 'success',
      actorId: actor.userId,
      subject: actor.userId,
      factor: 'session',
      detail: { clientId },
    }),
  ]);
  return done ? ok(null) : fail({ code: 'not_found' });
}
