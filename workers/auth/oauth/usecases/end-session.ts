import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { withParameters } from '../redirect-uri.ts';
import { readIdTokenHint } from './read-access-token.ts';

export interface LogoutRequest {
  idTokenHint?: string | undefined;
  clientId?: string | undefined;
  postLogoutRedirectUri?: string | undefined;
  state?: string | undefined;
}
export interface Logout {
  application: string | null;
  /** Whom the application says to sign out; null: it did not, or not provably. */
  userId: string | null;
  /** Where to go afterwards: an address the application registered, or nowhere. */
  location: string | null;
}

/** Checks an application's wish to sign its user out (OIDC RP-Initiated Logout 1.0 §2). */
export async function checkLogout(ports: AuthPorts, request: LogoutRequest): Promise<Logout> {
  const hint = request.idTokenHint === undefined ? null : await readIdTokenHint(ports, request.idTokenHint);
  const audience = typeof hint?.aud === 'string' ? hint.aud : null;
  const named = request.clientId ?? audience;
  const isAgreed = audience === null || request.clientId === undefined || audience === request.clientId;
  const client = named === null || !isAgreed ? null : await ports.oauth.clients.byId(named);
  const wanted = request.postLogoutRedirectUri;
  const isRegistered = wanted !== undefined && client?.postLogoutRedirectUris.includes(wanted) === true;
  return {
    application: client?.name ?? null,
    userId: isAgreed ? (hint?.sub ?? null) : null,
    location: isRegistered ? withParameters(wanted, { state: request.state }) : null,
  };
}

/** The application's own session ends with it; the customer's in our pages is theirs to end. */
export async function endClientSession(ports: AuthPorts, caller: Caller, idTokenHint: string): Promise<void> {
  const hint = await readIdTokenHint(ports, idTokenHint);
  const sid = hint?.['sid'];
  if (typeof sid !== 'string' || typeof hint?.aud !== 'string' || hint.sub === undefined) return;
  const now = ports.clock.now();
  const sessionId = await ports.sessions.idOfClients(sid, hint.sub, hint.aud, now);
  if (sessionId === null) return;
  await ports.commit([
    ports.sessions.revoke(sessionId, 'signed_out', now),
    audited(ports, caller, {
      action: 'oauth.signed_out',
      outcome: 'success',
      actorId: hint.sub,
      subject: hint.sub,
      detail: { clientId: hint.aud, sessionId },
    }),
  ]);
}
