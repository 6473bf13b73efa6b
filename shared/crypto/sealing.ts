import { hkdfSync } from 'node:crypto';
import { decrypt, encrypt } from './aes.ts';
import type { KeyRing } from './key-ring.ts';

const PURPOSE = 'field';

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
  const { current } = ring;
  const currentPrefix = `v1.${current.id}.`;
  return {
    keyCount: ring.all.length,
    currentPrefix,
    isOutdated: (sealed) => !sealed.startsWith(currentPrefix),
    seal: (plain, context) => `${currentPrefix}${current.seal(PURPOSE, plain, context)}`,
    open(sealed, context) {
      const [version, id, body] = sealed.split('.');
      const key = ring.find(id ?? '');
      if (version !== 'v1' || key === undefined || body === undefined) {
        throw new Error(`no key opens ${context}`);
      }
      return key.open(PURPOSE, body, context);
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
