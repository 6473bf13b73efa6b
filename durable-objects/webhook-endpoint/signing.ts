import type { Signing } from '#shared/contracts/http/webhook-endpoints.ts';
import { fromBase64, randomBytes, toBase64 } from '#shared/crypto/bytes.ts';

/** Keys and signatures of Standard Webhooks (https://www.standardwebhooks.com, "Signature scheme"). */
export interface NewKey {
  signing: Signing;
  /** Base64: the secret of an HMAC, or PKCS #8 of an Ed25519 key. Never leaves the object but sealed. */
  secret: string;
  /** What the receiver is told once: `whsec_…`; null when a public key verifies. */
  shown: string | null;
  publicKey: string | null;
}
export interface SigningKey {
  signing: Signing;
  secret: string;
}

/** As many bytes as the digest has. */
const HMAC_KEY_BYTES = 32;
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;
const ED25519 = 'Ed25519';

export async function newKey(signing: Signing): Promise<NewKey> {
  if (signing === 'hmac') {
    const secret = toBase64(randomBytes(HMAC_KEY_BYTES));
    return { signing, secret, shown: `whsec_${secret}`, publicKey: null };
  }
  const pair = (await crypto.subtle.generateKey(ED25519, true, ['sign', 'verify'])) as CryptoKeyPair;
  const [secret, publicKey] = await Promise.all([
    crypto.subtle.exportKey('pkcs8', pair.privateKey) as Promise<ArrayBuffer>,
    crypto.subtle.exportKey('raw', pair.publicKey) as Promise<ArrayBuffer>,
  ]);
  return {
    signing,
    secret: toBase64(new Uint8Array(secret)),
    shown: null,
    publicKey: `whpk_${toBase64(new Uint8Array(publicKey))}`,
  };
}

/** Headers of one attempt: one signature a key, so that a receiver that knows any of them accepts it. */
export async function signedHeaders(
  keys: readonly SigningKey[],
  id: string,
  at: number,
  body: string,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const content = Uint8Array.from(new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  const signatures = await Promise.all(keys.map((key) => signature(key, content)));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

async function signature({ signing, secret }: SigningKey, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = fromBase64(secret);
  if (signing === 'hmac') {
    const key = await crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign']);
    return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign(HMAC.name, key, content)))}`;
  }
  const key = await crypto.subtle.importKey('pkcs8', bytes, ED25519, false, ['sign']);
  return `v1a,${toBase64(new Uint8Array(await crypto.subtle.sign(ED25519, key, content)))}`;
}
