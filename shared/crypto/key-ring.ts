import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { decrypt, decryptBytes, encrypt, encryptBytes } from './aes.ts';
import { fromBase64 } from './bytes.ts';

const KEY_BYTES = 32;
const KEY_ID_CHARACTERS = 8;
/** Before a key that all instances must know before one of them seals with it. No key begins so: base64 has no colon. */
const COMING = 'next:';

/** A key and what it does. Its bytes stay inside; each purpose has a subkey (HKDF, RFC 5869), so none is used for two things. */
export interface RingKey {
  /** Derived from the key itself, so that it needs no bookkeeping and tells nothing. */
  id: string;
  use: 'seals' | 'opens' | 'coming';
  /** AES-256-GCM as base64url; `context` is authenticated with it. */
  seal(purpose: string, plain: string, context: string): string;
  open(purpose: string, sealed: string, context: string): string;
  /** As `seal` and `open`, for bytes. */
  sealBytes(purpose: string, plain: Uint8Array, context: string): Uint8Array<ArrayBuffer>;
  openBytes(purpose: string, sealed: Uint8Array, context: string): Uint8Array<ArrayBuffer>;
  /** HMAC-SHA-256. */
  mac(purpose: string, text: string): Uint8Array;
}

/** One key seals; all of them open, so that keys are changed while every instance reads what any other writes. */
export interface KeyRing {
  current: RingKey;
  all: readonly RingKey[];
  find(id: string): RingKey | undefined;
}

/**
 * Reads a secret: base64 of 32 bytes, or several separated by commas. The first seals, the others open what they once
 * sealed; one with `next:` before it is to come. Throws when it is anything else: a wrong configuration must stop everything
 * rather than protect nothing.
 */
export function keyRing(name: string, secret: string): KeyRing {
  const all = ringParts(secret).map((part, index) => ringKey(name, part, index));
  const [current] = all;
  if (current?.use !== 'seals') throw new Error(`${name} has no key that seals`);
  return { current, all, find: (id) => all.find((key) => key.id === id) };
}

/** The keys of a secret as they are written, each with what is said of it. */
export const ringParts = (secret: string): { key: string; isComing: boolean }[] =>
  secret.split(',').map((part) => {
    const written = part.trim();
    const isComing = written.startsWith(COMING);
    return { key: isComing ? written.slice(COMING.length) : written, isComing };
  });

/** As `ringParts` read it. */
export const ringSecret = (parts: readonly { key: string; isComing: boolean }[]): string =>
  parts.map(({ key, isComing }) => (isComing ? COMING : '') + key).join(',');

function ringKey(
  name: string,
  { key, isComing }: { key: string; isComing: boolean },
  index: number,
): RingKey {
  const bytes = decoded(key);
  if (bytes?.length !== KEY_BYTES) throw new Error(`${name} must be base64 of ${KEY_BYTES} bytes`);
  const subkeys = new Map<string, Uint8Array>();
  const subkey = (purpose: string): Uint8Array => {
    const known = subkeys.get(purpose);
    if (known !== undefined) return known;
    const made = new Uint8Array(hkdfSync('sha256', bytes, '', `tradepost ${purpose}`, KEY_BYTES));
    subkeys.set(purpose, made);
    return made;
  };
  return {
    id: createHash('sha256').update('key id').update(bytes).digest('base64url').slice(0, KEY_ID_CHARACTERS),
    use: isComing ? 'coming' : index === 0 ? 'seals' : 'opens',
    seal: (purpose, plain, context) => encrypt(subkey(purpose), plain, context),
    open: (purpose, sealed, context) => decrypt(subkey(purpose), sealed, context),
    sealBytes: (purpose, plain, context) => encryptBytes(subkey(purpose), plain, context),
    openBytes: (purpose, sealed, context) => decryptBytes(subkey(purpose), sealed, context),
    mac: (purpose, text) => new Uint8Array(createHmac('sha256', subkey(purpose)).update(text).digest()),
  };
}

function decoded(encoded: string): Uint8Array | null {
  try {
    return fromBase64(encoded);
  } catch {
    return null;
  }
}
