import { GRANTABLE, SERVICE_ROLE } from '#shared/auth/permissions.ts';
import { NO_FACTOR } from '#shared/auth/step-up.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { ok } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import type { Parameters } from '../parameters.ts';
import type { ProvenClient } from '../queries/clients.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { readScope, withinRoles } from '../scopes.ts';
import { accessTokenAnswer, type TokenAnswer } from './issue.ts';

/**
 * A service's own subject. It has the form of an account's, under which histories are kept, but no account has it, so
 * nothing of an account opens to it (RFC 9068 §2.2 leaves the form to us).
 */
export const serviceUserId = (clientId: string): string =>
  clientId.replace(`${ID_PREFIXES.client}_`, `${ID_PREFIXES.user}_`);

/**
 * A token for a service that acts for nobody but itself (RFC 6749 §4.4). It may what its scopes say when it is written down; a
 * change from then on ends it.
 */
export async function serviceTokens(
  ports: AuthPorts,
  caller: Caller,
  client: ProvenClient,
  { parameters, jkt }: { parameters: Parameters; jkt: string | null },
): Promise<OAuthResult<TokenAnswer>> {
  const permissions = client.scopes.filter((scope) => (GRANTABLE as readonly string[]).includes(scope));
  const asked = readScope(parameters.get('scope'), permissions, permissions);
  if (!asked.ok) return asked;
  const roles = [SERVICE_ROLE];
  const scope = withinRoles(asked.value, roles);
  if (scope.length === 0) return refuse('invalid_scope', 'a service may have none of it');
  const userId = serviceUserId(client.id);
  const readAt = ports.clock.now();
  const done = await ports.commit([
    ports.oauth.clients.expectSame(client),
    audited(ports, caller, {
      action: 'oauth.service_token',
      outcome: 'success',
      actorId: userId,
      subject: userId,
      detail: { clientId: client.id, scope: scope.join(' ') },
    }),
  ]);
  if (!done) return refuse('invalid_client', 'the client was changed meanwhile: ask again');
  const grant = { userId, clientId: client.id, roles, scope, session: null, acrDue: NO_FACTOR, jkt, readAt };
  return ok(await accessTokenAnswer(ports, grant));
}
