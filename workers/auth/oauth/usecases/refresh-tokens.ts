import { ok } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { parseRefreshToken } from '../../crypto/refresh-token.ts';
import { rotateFamily } from '../../usecases/refresh.ts';
import { required, type Parameters } from '../parameters.ts';
import type { ProvenClient } from '../queries/clients.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { readScope, withinRoles } from '../scopes.ts';
import { clientTokens } from './client-session.ts';
import type { TokenAnswer } from './issue.ts';

/**
 * Exchanges a client's refresh token for its successor (RFC 6749 §6); see `rotateFamily` for what a reuse does. The tokens say
 * what the client was registered for when the family moved: what it was when it proved who it is may be of before a change, which
 * has ended older tokens already.
 */
export async function refreshTokens(
  ports: AuthPorts,
  caller: Caller,
  client: ProvenClient,
  { parameters, jkt }: { parameters: Parameters; jkt: string | null },
): Promise<OAuthResult<TokenAnswer>> {
  const sent = required(parameters, 'refresh_token');
  if (!sent.ok) return sent;
  const wanted = parameters.get('scope');
  // Before the token is used up.
  if (wanted !== undefined) {
    const family = parseRefreshToken(sent.value)?.familyHash ?? '';
    const granted = (await ports.sessions.ofFamily(family))?.scope?.split(' ') ?? [];
    const scope = readScope(wanted, granted);
    if (!scope.ok) return scope;
  }
  const holder = { client, jkt, organisationId: null };
  const rotated = await rotateFamily(ports, caller, sent.value, holder);
  if (!rotated.ok) return refuse('invalid_grant', 'the refresh token is not valid');
  const { live, refreshToken, registered } = rotated.value;
  // Disabled since it proved who it is: every session it has ended by that.
  if (registered === null) return refuse('invalid_grant', 'the refresh token is not valid');
  const granted = (live.session.scope ?? '').split(' ');
  const scope = readScope(wanted, granted, granted);
  if (!scope.ok) return scope;
  const answer = await clientTokens(ports, {
    client: registered,
    session: live.session,
    account: live.account,
    scope: withinRoles(scope.value, live.account.roles),
    jkt,
    nonce: null,
    refreshToken,
  });
  return ok(answer);
}
