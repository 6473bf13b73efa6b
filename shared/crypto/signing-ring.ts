import { calculateJwkThumbprint, CompactSign } from 'jose';
import { concatenated, fromBase64, fromHex } from './bytes.ts';
import { ringParts } from './key-ring.ts';

/** Public half of a key that signs (RFC 8037). `kid`: its thumbprint (RFC 7638). */
export interface PublicSigningKey {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  kid: string;
  alg: 'EdDSA';
  use: 'sig';
}

/** One key signs; the public halves of all of them are told, so that what an older one signed goes on being good. */
export interface SigningRing {
  /** A compact JWS (RFC 7515) of JSON, `kid` and `typ` in its header. */
  signJson(payload: object, typ: string): Promise<string>;
  /** A bare signature (RFC 8032) over bytes, and which key made it. */
  signBytes(bytes: Uint8Array<ArrayBuffer>): Promise<{ kid: string; signature: Uint8Array<ArrayBuffer> }>;
  publicKeys(): Promise<PublicSigningKey[]>;
}

const SEED_BYTES = 32;
/** What stands before the seed of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS8_HEAD = fromHex('302e020100300506032b657004220420');

interface RingKey {
  key: CryptoKey;
  published: PublicSigningKey;
}

/**
 * Reads a secret: base64 of 32 random bytes, or several separated by commas. The first signs, the others are told; one with
 * `next:` before it is told before it signs. Throws when it is anything else.
 */
export function signingRing(name: string, secret: string): SigningRing {
  const seeds = ringParts(secret).map(({ key, isComing }) => ({ seed: seedOf(name, key), isComing }));
  if (seeds[0]?.isComing !== false) throw new Error(`${name} has no key that signs`);
  let made: Promise<RingKey[]> | null = null;
  const keys = (): Promise<RingKey[]> => (made ??= Promise.all(seeds.map(({ seed }) => ringKey(seed))));
  const current = async (): Promise<RingKey> => {
    const [first] = await keys();
    if (first === undefined) throw new Error(`${name} has no key that signs`);
    return first;
  };
  return {
    async signJson(payload, typ) {
      const { key, published } = await current();
      return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'EdDSA', typ, kid: published.kid })
        .sign(key);
    },
    async signBytes(bytes) {
      const { key, published } = await current();
      const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', key, bytes));
      return { kid: published.kid, signature };
    },
    publicKeys: async () => (await keys()).map(({ published }) => published),
  };
}

function seedOf(name: string, text: string): Uint8Array<ArrayBuffer> {
  const seed = /^[\w+/-]{43}=?$/.test(text) ? fromBase64(text) : null;
  if (seed?.length !== SEED_BYTES) throw new Error(`${name} must be base64 of ${SEED_BYTES} bytes`);
  return seed;
}

async function ringKey(seed: Uint8Array<ArrayBuffer>): Promise<RingKey> {
  const key = await crypto.subtle.importKey('pkcs8', concatenated(PKCS8_HEAD, seed), 'Ed25519', true, [
    'sign',
  ]);
  const { x } = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey;
  if (x === undefined) throw new Error('the runtime told no public key');
  const bare = { kty: 'OKP', crv: 'Ed25519', x } as const;
  return { key, published: { ...bare, kid: await calculateJwkThumbprint(bare), alg: 'EdDSA', use: 'sig' } };
}
