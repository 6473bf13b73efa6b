import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { concatenated, fromBase64, randomBytes, toBase64Url } from './bytes.ts';
import type { KeyRing } from './key-ring.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Encrypts fields at rest. The context (`table/row/field`) is authenticated: a value moved elsewhere does not open. */
export interface FieldCipher {
  seal(plain: string, context: string): string;
  /** Throws when the value was changed, moved or sealed under a key no longer in the ring. */
  open(sealed: string, context: string): string;
  /** Sealed under an older key of the ring. */
  isOutdated(sealed: string): boolean;
  keyCount: number;
  /** What every value sealed under the current key begins with. */
  currentPrefix: string;
}

/** Sealed text is `v1.<key id>.<base64url of nonce, ciphertext and tag>`. */
export function fieldCipher(ring: KeyRing): FieldCipher {
  const keys = new Map(ring.all.map((key) => [key.id, key.derive('field')]));
  const current = { id: ring.current.id, key: ring.current.derive('field') };
  const currentPrefix = `v1.${current.id}.`;
  return {
    keyCount: ring.all.length,
    currentPrefix,
    isOutdated: (sealed) => !sealed.startsWith(currentPrefix),
    seal: (plain, context) => `${currentPrefix}${encrypt(current.key, plain, context)}`,
    open(sealed, context) {
      const [version, id, body] = sealed.split('.');
      const key = keys.get(id ?? '');
      if (version !== 'v1' || key === undefined || body === undefined) {
        throw new Error(`no key opens ${context}`);
      }
      return decrypt(key, body, context);
    },
  };
}

/** Seals under a key only the holder of `token` can derive: the database alone cannot open it. */
export const sealForToken = (token: string, plain: string, context: string): string =>
  encrypt(tokenKey(token), plain, context);
export const openWithToken = (token: string, sealed: string, context: string): string =>
  decrypt(tokenKey(token), sealed, context);

const tokenKey = (token: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', token, '', 'tradepost refresh successor', 32));

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function encrypt(key: Uint8Array, plain: string, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(utf8(context));
  const body: Uint8Array = cipher.update(plain, 'utf8');
  const rest: Uint8Array = cipher.final();
  const tag: Uint8Array = cipher.getAuthTag();
  return toBase64Url(concatenated(nonce, body, rest, tag));
}

function decrypt(key: Uint8Array, sealed: string, context: string): string {
  const bytes = fromBase64(sealed);
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error(`${context} is cut short`);
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(utf8(context))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const body: Uint8Array = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  const rest: Uint8Array = decipher.final();
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(concatenated(body, rest));
}
