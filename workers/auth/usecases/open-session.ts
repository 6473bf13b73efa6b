import { SignJWT } from 'jose';
import {
  ACCESS_TOKEN_AUDIENCE,
  ACCESS_TOKEN_TTL_SECONDS,
  FIRST_PARTY_CLIENT,
} from '#shared/auth/access-token.ts';
import { ROLES, type Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { newRefreshToken, type RefreshToken } from '../crypto/refresh-token.ts';
import { SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from '../limits.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { SessionRow } from '../queries/sessions.ts';
import { openEmail } from './emails.ts';
import { signJwt } from './signing-keys.ts';

/** How somebody proved who they are (RFC 8176, NIST SP 800-63B). */
export interface Proof {
  amr: string[];
  acr: 'aal1' | 'aal2';
}
export const PASSWORD_PROOF: Proof = { amr: ['pwd'], acr: 'aal1' };
export const EMAIL_LINK_PROOF: Proof = { amr: ['email'], acr: 'aal1' };
/** A passkey with user verification is two factors in one; synced ones are software keys. */
export const passkeyProof = (backupEligible: boolean): Proof => ({
  amr: [backupEligible ? 'swk' : 'hwk', 'user', 'mfa'],
  acr: 'aal2',
});

export interface Tokens {
  accessToken: string;
  tokenType: 'Bearer';
  expiresIn: number;
  refreshToken: string;
  refreshExpiresIn: number;
  user: { id: string; email: string; roles: Role[] };
}

/** A new session, to be written with what opens it, and its first refresh token. */
export function newSession(
  ports: AuthPorts,
  caller: Caller,
  accountId: string,
  proof: Proof,
): { row: SessionRow; token: RefreshToken } {
  const now = ports.clock.now();
  const token = newRefreshToken();
  const row: SessionRow = {
    id: newId('session'),
    accountId,
    familyHash: token.familyHash,
    currentHash: token.secretHash,
    previousHash: null,
    previousUntil: null,
    previousClient: null,
    successorSealed: null,
    generation: 1,
    reissue: false,
    amr: proof.amr,
    acr: proof.acr,
    authTime: now,
    userAgent: caller.userAgent,
    createdAt: now,
    lastUsedAt: now,
    idleUntil: now + SESSION_IDLE_MS,
    absoluteUntil: now + SESSION_ABSOLUTE_MS,
    revokedAt: null,
    revokedWhy: null,
  };
  return { row, token };
}

/** The answer to every successful sign-in and refresh. The access token follows RFC 9068 §2.2. */
export async function tokensFor(
  ports: AuthPorts,
  session: SessionRow,
  account: { id: string; emailSealed: string; roles: Role[] },
  refreshToken: string,
): Promise<Tokens> {
  const now = ports.clock.now();
  const issuedAt = Math.floor(now / SECOND_MS);
  const jwt = new SignJWT({
    sid: session.id,
    client_id: FIRST_PARTY_CLIENT,
    roles: account.roles,
    scope: scopeOf(account.roles),
    auth_time: Math.floor(session.authTime / SECOND_MS),
    amr: session.amr,
    acr: session.acr,
  })
    .setIssuer(ports.origin)
    .setAudience(ACCESS_TOKEN_AUDIENCE)
    .setSubject(account.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_TOKEN_TTL_SECONDS)
    .setJti(crypto.randomUUID());
  const refreshUntil = Math.min(session.idleUntil, session.absoluteUntil);
  return {
    accessToken: await signJwt(ports, jwt, 'at+jwt'),
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_TTL_SECONDS,
    refreshToken,
    refreshExpiresIn: Math.max(0, Math.floor((refreshUntil - now) / SECOND_MS)),
    user: { id: account.id, email: openEmail(ports, account), roles: account.roles },
  };
}

const scopeOf = (roles: readonly Role[]): string =>
  [...new Set(roles.flatMap((role) => [...ROLES[role]]))].sort().join(' ');
