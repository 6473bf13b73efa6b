import { createLocalJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { ACCESS_TOKEN_AUDIENCE } from '#shared/auth/access-token.ts';
import type { AuthPorts } from '../../ports.ts';
import { jwks } from '../../usecases/signing-keys.ts';

/** What a token of ours says, whoever sends it and however; null: it is none, or has expired. */
export async function readAccessToken(ports: AuthPorts, token: string): Promise<JWTPayload | null> {
  return readOwnToken(ports, token, { typ: 'at+jwt', audience: ACCESS_TOKEN_AUDIENCE });
}

/** An ID token of ours for any client, which may have expired: it only says who somebody was (RP-Initiated Logout §4). */
export async function readIdTokenHint(ports: AuthPorts, token: string): Promise<JWTPayload | null> {
  return readOwnToken(ports, token, { typ: 'JWT', currentDate: new Date(0) });
}

async function readOwnToken(
  ports: AuthPorts,
  token: string,
  expected: { typ: string; audience?: string; currentDate?: Date },
): Promise<JWTPayload | null> {
  const verified = await jwtVerify(token, createLocalJWKSet(await jwks(ports)), {
    algorithms: ['EdDSA'],
    issuer: ports.origin,
    currentDate: new Date(ports.clock.now()),
    ...expected,
  }).catch(() => null);
  return verified?.payload ?? null;
}
