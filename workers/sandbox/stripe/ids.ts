import { createHash } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** An id of the shape the API mints: prefix and 24 letters or digits. */
export function stripeId(prefix: string, length = 24): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return `${prefix}_${[...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

const FINGERPRINT_LENGTH = 16;
/** The same for the same number, whoever pays with it (https://docs.stripe.com/api/payment_methods/object). */
export const fingerprintOf = (number: string): string =>
  [...createHash('sha256').update(number).digest()]
    .slice(0, FINGERPRINT_LENGTH)
    .map((byte) => ALPHABET[byte % ALPHABET.length])
    .join('');
