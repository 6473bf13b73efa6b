/** Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U, so a code can be read aloud. */
export const CROCKFORD_SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Its symbols alone, as they were meant: case, hyphens, spaces and look-alikes (O for 0, I and L for 1) are forgiven. */
export const plainSymbols = (typed: string): string =>
  typed.toUpperCase().replaceAll(/[-\s]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
