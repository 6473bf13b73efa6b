import { toBase64Url } from '#shared/crypto/bytes.ts';
import type { KeyRing, RingKey } from '#shared/crypto/key-ring.ts';

/** Short codes are stored under a keyed hash: a plain one of eight digits would be tried through in a moment. */
export function codeHasher(ring: KeyRing) {
  const hashWith = (key: RingKey, emailIndex: string, code: string): string =>
    toBase64Url(key.mac('email code', `${emailIndex}/${code}`));
  return {
    current: (emailIndex: string, code: string): string => hashWith(ring.current, emailIndex, code),
    /** Under every key, since a code may have been sent before the key was changed. */
    all: (emailIndex: string, code: string): string[] =>
      ring.all.map((key) => hashWith(key, emailIndex, code)),
  };
}
export type CodeHasher = ReturnType<typeof codeHasher>;
