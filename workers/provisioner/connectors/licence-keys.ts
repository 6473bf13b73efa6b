/** Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U, so a key can be read aloud. */
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** The check symbol is the number modulo 37, so five more symbols exist. */
const CHECK_SYMBOLS = `${SYMBOLS}*~$=U`;
/** 24 symbols of 5 bits: 120 random bits; with the check symbol five groups of five. */
export const LICENCE_KEY_BYTES = 15;
const DATA_SYMBOLS = 24;

/** A licence key from 15 random bytes, e.g. `7K3M9-Q2XAB-…`. Pure. */
export function formatLicenceKey(bytes: Uint8Array): string {
  if (bytes.length !== LICENCE_KEY_BYTES) throw new RangeError(`needs ${LICENCE_KEY_BYTES} bytes`);
  const number = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  let text = CHECK_SYMBOLS.charAt(Number(number % 37n));
  for (let rest = number, count = 0; count < DATA_SYMBOLS; count += 1, rest >>= 5n) {
    text = SYMBOLS.charAt(Number(rest & 31n)) + text;
  }
  return text.replaceAll(/(.{5})(?=.)/g, '$1-');
}

/**
 * Whether a key as typed is well-formed: case, hyphens and look-alikes (O for 0, I and L for 1) are forgiven; a wrong
 * symbol or two swapped neighbours are not. Pure.
 */
export function isLicenceKey(typed: string): boolean {
  const text = typed.toUpperCase().replaceAll('-', '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  if (text.length !== DATA_SYMBOLS + 1) return false;
  let number = 0n;
  for (const symbol of text.slice(0, DATA_SYMBOLS)) {
    const value = SYMBOLS.indexOf(symbol);
    if (value === -1) return false;
    number = (number << 5n) | BigInt(value);
  }
  return text.at(-1) === CHECK_SYMBOLS.charAt(Number(number % 37n));
}
