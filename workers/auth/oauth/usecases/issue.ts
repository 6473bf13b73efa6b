import { SignJWT } from 'jose';
import { ACCESS_TOKEN_AUDIENCE, ACCESS_TOKEN_TTL_SECONDS } from '#shared/auth/access-token.ts';
import { NO_FACTOR, type Acr } from '#shared/auth/step-up.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { AuthPorts } from '../../ports.ts';
import type { SessionRow } from '../../queries/sessions.ts';
import { issuedIn } from '../../usecases/open-session.ts';
import { signJwt } from '../../usecases/signing-keys.ts';
import { ID_TOKEN_TTL_SECONDS } from '../limits.ts';

/** Answer of the token endpoint (RFC 6749 §5.1, OIDC Core §3.1.3.3). */
export interface TokenAnswer {
  access_token: string;
  token_type: 'Bearer' | 'DPoP';
  /** Seconds. */
  expires_in: number;
  scope: string;
  refresh_token?: string;
  id_token?: string;
  /** Of a token exchange (RFC 8693 §2.2.1). */
  issued_token_type?: string;
}

/** What an access token says. */
export interface AccessGrant {
  userId: string;
  clientId: string;
  roles: readonly string[];
  scope: readonly string[];
  session: Pick<SessionRow, 'id' | 'authTime' | 'lastUsedAt' | 'amr' | 'acr'> | null;
  /** Strongest sign-in the holder can be asked for (`STEP_UP`); a service cannot be asked for any. */
  acrDue: Acr;
  /** Key the token is bound to. */
  jkt: string | null;
  /** The organisation it acts for, and as what. */
  organisation?: { id: string; role: string };
  /** Member of staff who acts as the user, in which session, used when (epoch milliseconds): the token ends with it. */
  acting?: { id: string; sessionId: string; usedAt: number };
  /** Without a session: when what it says was read (epoch milliseconds), so that a change from then on ends it. */
  readAt?: number;
  /** Seconds; the common length when left out. */
  ttlSeconds?: number;
}

/** Signs an access token of a client (RFC 9068 §2.2). */
export async function accessTokenAnswer(ports: AuthPorts, grant: AccessGrant): Promise<TokenAnswer> {
  const { session, jkt, acting, organisation, ttlSeconds = ACCESS_TOKEN_TTL_SECONDS } = grant;
  const scope = grant.scope.join(' ');
  const now = Math.floor(ports.clock.now() / SECOND_MS);
  const usedIn = Math.floor((acting?.usedAt ?? grant.readAt ?? ports.clock.now()) / SECOND_MS);
  const issuedAt = session === null ? usedIn : issuedIn(session);
  const jwt = new SignJWT({
    client_id: grant.clientId,
    roles: grant.roles,
    scope,
    acr_due: grant.acrDue,
    ...(session === null
      ? { acr: NO_FACTOR }
      : {
          sid: session.id,
          auth_time: Math.floor(session.authTime / SECOND_MS),
          amr: session.amr,
          acr: session.acr,
        }),
    ...(jkt === null ? {} : { cnf: { jkt } }),
    ...(acting === undefined ? {} : { act: { sub: acting.id, sid: acting.sessionId } }),
    ...(organisation === undefined ? {} : { org: organisation.id, org_role: organisation.role }),
  })
    .setAudience(ACCESS_TOKEN_AUDIENCE)
    .setSubject(grant.userId)
    .setJti(crypto.randomUUID());
  return {
    access_token: await signJwt(ports, timed(ports, jwt, issuedAt, ttlSeconds), 'at+jwt'),
    token_type: jkt === null ? 'Bearer' : 'DPoP',
    expires_in: issuedAt + ttlSeconds - now,
    scope,
  };
}

/** Signs an ID token (OIDC Core §2). Its type keeps it from passing for an access token. */
export function idToken(
  ports: AuthPorts,
  input: { userId: string; clientId: string; nonce: string | null; session: SessionRow },
): Promise<string> {
  const { session, nonce } = input;
  const jwt = new SignJWT({
    auth_time: Math.floor(session.authTime / SECOND_MS),
    amr: session.amr,
    acr: session.acr,
    sid: session.firstId ?? session.id,
    ...(nonce === null ? {} : { nonce }),
  })
    .setAudience(input.clientId)
    .setSubject(input.userId);
  return signJwt(ports, timed(ports, jwt, issuedIn(session), ID_TOKEN_TTL_SECONDS), 'JWT');
}

function timed(ports: AuthPorts, jwt: SignJWT, issuedAt: number, ttlSeconds: number): SignJWT {
  return jwt
    .setIssuer(ports.origin)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ttlSeconds);
}
