import { z } from 'zod';
import { fromBase64, toBase64Url } from '#shared/crypto/bytes.ts';
import { fromUtf8, utf8 } from './encoding.ts';

const claimsSchema = z.strictObject({
  /** Instance the link belongs to. */
  i: z.string(),
  /** Link id. */
  l: z.string(),
  /** Expiry, milliseconds since the epoch. */
  e: z.int(),
});
export interface DownloadClaims {
  instanceId: string;
  linkId: string;
  expiresAt: number;
}
export interface DownloadTokens {
  sign(claims: DownloadClaims): Promise<string>;
  /** The claims, or null for everything we did not sign. Expiry is the caller's to judge. */
  verify(token: string): Promise<DownloadClaims | null>;
}

const TOKEN_LENGTH_MAX = 500;
/** base64url of whole bytes: no other form of the same signature is accepted, nor one that does not decode. */
const PART = /^(?:[\w-]{4})*(?:[\w-]{2,3})?$/;

/** `<base64url claims>.<base64url HMAC-SHA256>`. Whoever holds the link may download: it is short-lived and counted. */
export function downloadTokens(signingKey: string): DownloadTokens {
  if (signingKey === '') throw new Error('DOWNLOAD_SIGNING_KEY is empty');
  let imported: Promise<CryptoKey> | null = null;
  const key = (): Promise<CryptoKey> =>
    (imported ??= crypto.subtle.importKey('raw', utf8(signingKey), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
      'verify',
    ]));
  return {
    async sign({ instanceId, linkId, expiresAt }) {
      const payload = toBase64Url(utf8(JSON.stringify({ i: instanceId, l: linkId, e: expiresAt })));
      const signature = await crypto.subtle.sign('HMAC', await key(), utf8(payload));
      return `${payload}.${toBase64Url(new Uint8Array(signature))}`;
    },
    async verify(token) {
      const [payload, signature, ...rest] = token.length > TOKEN_LENGTH_MAX ? [] : token.split('.');
      if (payload === undefined || signature === undefined || rest.length > 0) return null;
      if (!PART.test(payload) || !PART.test(signature)) return null;
      const genuine = await crypto.subtle.verify('HMAC', await key(), fromBase64(signature), utf8(payload));
      if (!genuine) return null;
      const { i, l, e } = claimsSchema.parse(JSON.parse(fromUtf8(fromBase64(payload))));
      return { instanceId: i, linkId: l, expiresAt: e };
    },
  };
}
