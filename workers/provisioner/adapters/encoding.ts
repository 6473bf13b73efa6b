import { base64url } from 'jose';

/** base64url without padding (RFC 4648 §5). */
export const toBase64Url = (bytes: Uint8Array): string => base64url.encode(bytes);

/** Reads base64 or base64url, padded or not. Throws on anything else. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const plain = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return new Uint8Array(base64url.decode(plain));
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));
export const fromUtf8 = (bytes: BufferSource): string => new TextDecoder().decode(bytes);

/** SHA-256 in hexadecimal. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
