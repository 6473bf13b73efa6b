import { normalisedEmail } from '#shared/domain/email.ts';
import { toBase64Url } from '#shared/crypto/bytes.ts';
import type { KeyRing } from '#shared/crypto/key-ring.ts';

/** Addresses are looked up by a keyed hash, so that the database does not hold them in the clear. */
export interface EmailIndex {
  /** What new rows are stored under. */
  current(email: string): string;
  /** Under every key of the ring, the current one first. */
  all(email: string): string[];
}

export function emailIndex(ring: KeyRing): EmailIndex {
  const all = (email: string): string[] =>
    ring.all.map((key) => toBase64Url(key.mac('email index', normalisedEmail(email))));
  return { all, current: (email) => all(email)[0] ?? '' };
}
