import { randomBytes } from '#shared/crypto/bytes.ts';

/** Consonants: easy to tell apart, and no words by chance (RFC 8628 §6.1). 20^8 codes for ten minutes each. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
/** Bytes from here on would make some letters likelier. */
const FAIR_BYTES = 240;

/** A new code as a person types it, `BCDF-GHJK`. */
export function newUserCode(): string {
  let letters = '';
  while (letters.length < LENGTH) {
    for (const byte of randomBytes(LENGTH)) {
      if (byte < FAIR_BYTES && letters.length < LENGTH) letters += LETTERS.charAt(byte % LETTERS.length);
    }
  }
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** What was typed, without case, spaces and dashes. Pure. */
export const typedCode = (text: string): string => text.toUpperCase().replaceAll(/[^A-Z]/g, '');
