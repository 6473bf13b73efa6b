import { createHmac } from 'node:crypto';
import { normalisedEmail } from '#shared/domain/email.ts';
import type { KeyRing } from '#shared/crypto/key-ring.ts';

/** Addresses are looked up by a keyed hash, so that the database does not hold them in the clear. */
export interface EmailIndex {
  /** What new rows are stored under. */
  current(email: string): string;
  /** Under every key of the ring, the current one first. */
  all(email: string): string[];
}

export function emailIndex(ring: KeyRing): EmailIndex {
  const keys = ring.all.map((key) => key.derive('email index'));
  const all = (email: string): string[] =>
    keys.map((key) => createHmac('sha256', key).update(normalisedEmail(email)).digest('base64url'));
  return { all, current: (email) => all(email)[0] ?? '' };
}
