import { toBase64Url } from '#shared/crypto/bytes.ts';
import type { KeyRing } from '#shared/crypto/key-ring.ts';

/** Short codes are stored under a keyed hash: a plain one of eight digits would be tried through in a moment. */
export const codeHasher =
  (ring: KeyRing) =>
  (emailIndex: string, code: string): string =>
    toBase64Url(ring.current.mac('email code', `${emailIndex}/${code}`));
