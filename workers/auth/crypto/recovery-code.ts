import { randomBytes, sha256 } from '#shared/crypto/bytes.ts';

/** Crockford's alphabet, in which nothing reads like something else. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CHARACTERS = 24;
const GROUP = 6;
const CODES = 10;

/** Ten codes of 120 random bits each: enough that a plain hash protects them (NIST SP 800-63B-4 §3.1.2.2). */
export const newRecoveryCodes = (): string[] => Array.from({ length: CODES }, newCode);

function newCode(): string {
  const text = Array.from(randomBytes(CHARACTERS), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join(
    '',
  );
  return (text.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
}

/** Taken as people write it: capitals, spaces and look-alikes do not matter. Bound to the account. */
export const recoveryCodeHash = (accountId: string, code: string): string =>
  sha256(
    `${accountId}/${code
      .toLowerCase()
      .replaceAll(/[\s-]/g, '')
      .replaceAll('o', '0')
      .replaceAll(/[il]/g, '1')}`,
  );
