import { randomBytes } from '#shared/crypto/bytes.ts';
import { CROCKFORD_SYMBOLS as SYMBOLS, plainSymbols } from '#shared/domain/crockford.ts';
import { labelOfShard, shardOf } from '#shared/ids/shard.ts';

/** The check symbol is the number modulo 37, so five more symbols exist. */
const CHECK_SYMBOLS = `${SYMBOLS}*~$=U`;
/** 24 symbols of 5 bits: 120 random bits; with the check symbol five groups of five. */
export const LICENCE_KEY_BYTES = 15;
const DATA_SYMBOLS = 24;

/** Random, but for the last byte: the shard of whom it is made for, so that a key alone tells where it is kept. */
export function newLicenceKey(customerId: string): string {
  const bytes = randomBytes(LICENCE_KEY_BYTES);
  bytes[LICENCE_KEY_BYTES - 1] = shardOf(customerId);
  return formatLicenceKey(bytes);
}

/** The end of the id of whom a key of ours was made for; keys of before have any. Null: it is none of ours. Pure. */
export function shardLabelOfKey(key: string): string | null {
  if (!isLicenceKey(key)) return null;
  const [high = '', low = ''] = plainSymbols(key).slice(-3, -1);
  return labelOfShard(((SYMBOLS.indexOf(high) << 5) | SYMBOLS.indexOf(low)) & 0xff);
}

/** A licence key from 15 bytes, e.g. `7K3M9-Q2XAB-…`. Pure. */
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
  const text = plainSymbols(typed);
  if (text.length !== DATA_SYMBOLS + 1) return false;
  let number = 0n;
  for (const symbol of text.slice(0, DATA_SYMBOLS)) {
    const value = SYMBOLS.indexOf(symbol);
    if (value === -1) return false;
    number = (number << 5n) | BigInt(value);
  }
  return text.at(-1) === CHECK_SYMBOLS.charAt(Number(number % 37n));
}

/** A key as it was handed out, from how it was typed; one that is none of ours stays as it is. Pure. */
export function canonicalLicenceKey(typed: string): string {
  const trimmed = typed.trim();
  if (!isLicenceKey(trimmed)) return trimmed;
  const symbols = plainSymbols(trimmed);
  return symbols.replaceAll(/(.{5})(?=.)/g, '$1-');
}
