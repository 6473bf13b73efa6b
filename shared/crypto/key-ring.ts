import { createHash, hkdfSync } from 'node:crypto';
import { fromBase64 } from './bytes.ts';

const KEY_BYTES = 32;
const KEY_ID_CHARACTERS = 8;

export interface RingKey {
  /** Derived from the key itself, so that it needs no bookkeeping and tells nothing. */
  id: string;
  /** A subkey for one purpose (HKDF, RFC 5869): no key is used for two things. */
  derive(purpose: string): Uint8Array;
}
/** The first key seals; all of them open, so that a key is rotated by putting a new one in front. */
export interface KeyRing {
  current: RingKey;
  all: readonly RingKey[];
  find(id: string): RingKey | undefined;
}

/**
 * Reads a secret: base64 of 32 bytes, or several separated by commas, the newest first.
 * Throws when it is anything else: a wrong configuration must stop everything rather than protect nothing.
 */
export function keyRing(name: string, secret: string): KeyRing {
  const all = secret.split(',').map((part) => ringKey(name, part.trim()));
  const [current] = all;
  if (current === undefined) throw new Error(`${name} is empty`);
  return { current, all, find: (id) => all.find((key) => key.id === id) };
}

function ringKey(name: string, encoded: string): RingKey {
  const bytes = decoded(encoded);
  if (bytes?.length !== KEY_BYTES) throw new Error(`${name} must be base64 of ${KEY_BYTES} bytes`);
  const id = createHash('sha256')
    .update('key id')
    .update(bytes)
    .digest('base64url')
    .slice(0, KEY_ID_CHARACTERS);
  return {
    id,
    derive: (purpose) => new Uint8Array(hkdfSync('sha256', bytes, '', `tradepost ${purpose}`, KEY_BYTES)),
  };
}

function decoded(encoded: string): Uint8Array | null {
  try {
    return fromBase64(encoded);
  } catch {
    return null;
  }
}
