import { SignJWT, exportJWK, generateKeyPair, type JWK } from 'jose';
import { ACCESS_TOKEN_AUDIENCE, ACCESS_TOKEN_TTL_SECONDS } from '#shared/auth/access-token.ts';
import type { Role } from '#shared/auth/permissions.ts';

export const TEST_ISSUER = 'https://shop.test';
export const TEST_KEY_ID = 'test-key';

/** A fresh Ed25519 pair for one test run; the private half reaches tests as a binding and goes nowhere else. */
export async function testKeyPair(): Promise<{ privateJwk: JWK; publicJwk: JWK }> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const marks = { kid: TEST_KEY_ID, alg: 'EdDSA', use: 'sig' };
  return {
    privateJwk: { ...(await exportJWK(pair.privateKey)), ...marks },
    publicJwk: { ...(await exportJWK(pair.publicKey)), ...marks },
  };
}

/** Signs an access token as the auth worker does (same claims), for tests of the other workers. */
export async function testAccessToken(
  privateJwk: JWK,
  user: { userId: string; roles: Role[] },
  claims: Record<string, unknown> = {},
): Promise<string> {
  const key = await crypto.subtle.importKey('jwk', privateJwk as JsonWebKey, { name: 'Ed25519' }, false, [
    'sign',
  ]);
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    sid: 'ses_00000000000000000000000000000001',
    client_id: 'tradepost-web',
    roles: user.roles,
    auth_time: now,
    amr: ['pwd'],
    acr: 'urn:tradepost:acr:1',
    acr_due: 'urn:tradepost:acr:0',
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: TEST_KEY_ID })
    .setIssuer(TEST_ISSUER)
    .setAudience(ACCESS_TOKEN_AUDIENCE)
    .setSubject(user.userId)
    .setIssuedAt(now)
    .setExpirationTime(now + ACCESS_TOKEN_TTL_SECONDS)
    .setJti(crypto.randomUUID())
    .sign(key);
}
