import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { sha256 } from '#shared/crypto/bytes.ts';

/** A client's key that makes proofs of possession (RFC 9449 §4.2). `changes` replace claims; undefined leaves one out. */
export async function dpopKey(alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    jkt: await calculateJwkThumbprint(jwk),
    proof(
      method: string,
      url: string,
      options: { token?: string; changes?: Record<string, unknown>; header?: Record<string, unknown> } = {},
    ): Promise<string> {
      const claims = {
        jti: crypto.randomUUID(),
        htm: method,
        htu: url,
        iat: Math.floor(Date.now() / 1_000),
        ...(options.token === undefined ? {} : { ath: sha256(options.token) }),
        ...options.changes,
      };
      return new SignJWT(claims)
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...options.header })
        .sign(privateKey);
    },
  };
}
