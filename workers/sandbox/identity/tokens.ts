import { createPrivateKey, hkdfSync } from 'node:crypto';
import { importJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import { z } from 'zod';
import { concatenated, fromHex, sha256, toBase64 } from '#shared/crypto/bytes.ts';
import type { Env } from '../env.ts';

const ALGORITHM = 'EdDSA';
/** PKCS #8 of an Ed25519 key up to its 32 bytes (RFC 8410 §7). */
const PKCS8_HEAD = '302e020100300506032b657004220420';
const CODE_TTL = '1 minute';
const ID_TOKEN_TTL = '5 minutes';

/** Always the same on one laptop: it comes from another secret of the sandbox, so there is none more to keep. */
function keyOf({ SANDBOX_PARTNER_API_KEY: secret }: Env): JWK {
  const seed = new Uint8Array(hkdfSync('sha256', secret, '', 'sandbox identity provider', 32));
  const body = toBase64(concatenated(fromHex(PKCS8_HEAD), seed));
  return createPrivateKey(`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`).export({
    format: 'jwk',
  });
}

const kidOf = (x = ''): string => sha256(x).slice(0, 12);

export function publicKeys(env: Env): { keys: JWK[] } {
  const { d: _, ...key } = keyOf(env);
  return { keys: [{ ...key, kid: kidOf(key.x), use: 'sig', alg: ALGORITHM }] };
}

async function signed(env: Env, claims: Record<string, unknown>, ttl: string): Promise<string> {
  const key = keyOf(env);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, kid: kidOf(key.x) })
    .setIssuedAt()
    .setExpirationTime(ttl)
    .sign(await importJWK(key, ALGORITHM));
}

const codeSchema = z.object({
  typ: z.literal('code'),
  email: z.string(),
  clientId: z.string(),
  redirectUri: z.string(),
  nonce: z.string(),
  challenge: z.string(),
  authTime: z.number(),
});
export type Code = Omit<z.infer<typeof codeSchema>, 'typ'>;

/** A code carries what it stands for; this provider forgets everything else. */
export const newCode = (env: Env, code: Code): Promise<string> =>
  signed(env, { typ: 'code', ...code }, CODE_TTL);

export async function readCode(env: Env, text: string): Promise<Code | null> {
  try {
    const { payload } = await jwtVerify(
      text,
      await importJWK(publicKeys(env).keys[0] ?? { kty: '' }, ALGORITHM),
    );
    return codeSchema.parse(payload);
  } catch {
    return null;
  }
}

/** Who somebody is hangs on the address they typed: the same one is the same person each time. */
export const idToken = (
  env: Env,
  issuer: string,
  { email, clientId, nonce, authTime }: Code,
): Promise<string> =>
  signed(
    env,
    {
      iss: issuer,
      sub: sha256(email).slice(0, 20),
      aud: clientId,
      nonce,
      auth_time: authTime,
      email,
      email_verified: true,
    },
    ID_TOKEN_TTL,
  );
