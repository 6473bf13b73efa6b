import { createHash, timingSafeEqual } from 'node:crypto';
import { base64url } from 'jose';

/** SHA-256 of UTF-8 text, base64url. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
/** SHA-256 of UTF-8 text, hexadecimal. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

export const randomBytes = (count: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(count));

/** 256 random bits, base64url. */
export const randomSecret = (): string => toBase64Url(randomBytes(32));

/** Without padding (RFC 4648 §5). Takes bytes of any length. */
export const toBase64Url = (bytes: Uint8Array): string => base64url.encode(bytes);

export function toBase64(bytes: Uint8Array): string {
  const text = toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Reads base64 of either alphabet, padded or not. Throws on anything else. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );

/** Reads hexadecimal of an even number of digits. */
export const fromHex = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export function concatenated(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Compares without telling by its time where the two differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
