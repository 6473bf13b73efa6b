import { z } from 'zod';
import { ok } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { parseRefreshToken } from '../../crypto/refresh-token.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { SessionRow } from '../../queries/sessions.ts';
import { audited } from '../../usecases/audit.ts';
import { required } from '../parameters.ts';
import type { KnownClient } from '../queries/clients.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { authenticateClient, type ClientRequest } from './authenticate-client.ts';
import { readAccessToken } from './read-access-token.ts';

const claimsSchema = z.looseObject({
  sub: z.string(),
  client_id: z.string(),
  sid: z.string().optional(),
  exp: z.int(),
  iat: z.int(),
  org: z.string().optional(),
});

/**
 * Says whether a token counts now (RFC 7662), which its signature alone does not: its session may have ended. A client
 * asks about its own tokens; a service with the scope `tokens.introspect` about any client's.
 */
export async function introspect(
  ports: AuthPorts,
  request: ClientRequest,
): Promise<OAuthResult<Record<string, unknown>>> {
  const asked = await confidential(ports, request);
  if (!asked.ok) return asked;
  const { client, token } = asked.value;
  const seesAll = client.scopes.includes('tokens.introspect');
  const isSeen = (clientId: string | null): boolean =>
    clientId === client.id || (seesAll && clientId !== null);
  const refresh = parseRefreshToken(token);
  if (refresh !== null) {
    const session = await ports.sessions.ofFamily(refresh.familyHash);
    const isCurrent = session?.currentHash === refresh.secretHash;
    return ok(
      session !== null && isCurrent && isSeen(session.clientId) && (await isLive(ports, session))
        ? refreshTokenState(session)
        : INACTIVE,
    );
  }
  const claims = claimsSchema.safeParse(await readAccessToken(ports, token)).data;
  if (claims === undefined || !isSeen(claims.client_id)) return ok(INACTIVE);
  return ok(
    (await stands(ports, claims))
      ? { active: true, token_type: claims['cnf'] === undefined ? 'Bearer' : 'DPoP', ...claims }
      : INACTIVE,
  );
}

const INACTIVE = { active: false };

/** As every service takes it, and while its session, or the service it was given to, stands. */
async function stands(ports: AuthPorts, claims: z.infer<typeof claimsSchema>): Promise<boolean> {
  const { sub, client_id, sid, org, iat } = claims;
  const now = ports.clock.now();
  const [holder, isRevoked] = await Promise.all([
    sid === undefined ? ports.oauth.clients.known(client_id, now) : ports.sessions.live(sid, sub, now),
    ports.revocations.include([sub, client_id, ...[sid, org].filter((each) => each !== undefined)], iat),
  ]);
  return holder !== null && !isRevoked;
}

const isLive = async (ports: AuthPorts, { id, accountId }: SessionRow): Promise<boolean> =>
  (await ports.sessions.live(id, accountId, ports.clock.now())) !== null;

const refreshTokenState = (session: SessionRow) => ({
  active: true,
  client_id: session.clientId,
  sub: session.accountId,
  scope: session.scope ?? '',
  exp: Math.floor(Math.min(session.idleUntil, session.absoluteUntil) / SECOND_MS),
});

/** Ends the session a token belongs to (RFC 7009). A token that is none any more is no error. */
export async function revoke(
  ports: AuthPorts,
  caller: Caller,
  request: ClientRequest,
): Promise<OAuthResult<null>> {
  const client = await authenticateClient(ports, request);
  if (!client.ok) return client;
  const token = required(request.parameters, 'token');
  if (!token.ok) return token;
  const session = await sessionOf(ports, token.value);
  if (session === null) return ok(null);
  if (session.clientId !== client.value.id) {
    return refuse('invalid_request', 'the token was not given to this client');
  }
  await ports.commit([
    ports.sessions.revoke(session.id, 'revoked', ports.clock.now()),
    audited(ports, caller, {
      action: 'oauth.revoked',
      outcome: 'success',
      actorId: null,
      subject: session.accountId,
      detail: { clientId: client.value.id, sessionId: session.id },
    }),
  ]);
  return ok(null);
}

async function sessionOf(ports: AuthPorts, token: string): Promise<SessionRow | null> {
  const refresh = parseRefreshToken(token);
  if (refresh !== null) return ports.sessions.ofFamily(refresh.familyHash);
  const claims = claimsSchema.safeParse(await readAccessToken(ports, token)).data;
  if (claims?.sid === undefined) return null;
  return (await ports.sessions.live(claims.sid, claims.sub, ports.clock.now()))?.session ?? null;
}

async function confidential(
  ports: AuthPorts,
  request: ClientRequest,
): Promise<OAuthResult<{ client: KnownClient; token: string }>> {
  const client = await authenticateClient(ports, request);
  if (!client.ok) return client;
  if (client.value.authentication === 'none') {
    return refuse('unauthorized_client', 'a client that proves nothing is told nothing');
  }
  const token = required(request.parameters, 'token');
  return token.ok ? ok({ client: client.value, token: token.value }) : token;
}
