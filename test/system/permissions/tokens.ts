import { createHmac } from 'node:crypto';
import { base64url, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { PublicJwk } from '#shared/contracts/auth.ts';
import { ROLES } from '#shared/auth/permissions.ts';
import type { Tokens } from '../../../scripts/lib/accounts.ts';

const encoded = (part: object): string => base64url.encode(JSON.stringify(part));

/** What somebody who holds a customer's tokens can make of them: `Authorization` headers, by what was done. */
export async function forgeries(held: Tokens, published: PublicJwk): Promise<Record<string, string>> {
  const [head = '', body = '', signature = ''] = held.accessToken.split('.');
  const header = { ...decodeProtectedHeader(held.accessToken), alg: 'EdDSA' };
  const claims = { ...decodeJwt(held.accessToken), roles: Object.keys(ROLES) };
  const own = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const signed = (protectedHeader: object): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ ...header, ...protectedHeader }).sign(own.privateKey);
  const hs256 = `${encoded({ ...header, alg: 'HS256' })}.${encoded(claims)}`;
  const mac = createHmac('sha256', base64url.decode(published.x)).update(hs256).digest('base64url');
  const tokens: Record<string, string> = {
    'roles written into the token': `${head}.${encoded(claims)}.${signature}`,
    'a signature changed': `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'no algorithm': `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`,
    'HS256 under the public key': `${hs256}.${mac}`,
    'signed with a key of one’s own': await signed({}),
    'with a key of one’s own in the header': await signed({ jwk: await exportJWK(own.publicKey) }),
    'the refresh token': held.refreshToken,
  };
  return {
    ...Object.fromEntries(Object.entries(tokens).map(([what, token]) => [what, `Bearer ${token}`])),
    'another scheme': `Basic ${held.accessToken}`,
  };
}
