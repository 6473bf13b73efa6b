import { createCipheriv, createDecipheriv } from 'node:crypto';
import { concatenated, fromBase64, randomBytes, toBase64Url } from './bytes.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** AES-256-GCM under a fresh nonce: nonce, ciphertext and tag. `context` is authenticated with it. */
export function encryptBytes(key: Uint8Array, plain: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(utf8(context));
  const body: Uint8Array = cipher.update(plain);
  const rest: Uint8Array = cipher.final();
  const tag: Uint8Array = cipher.getAuthTag();
  return concatenated(nonce, body, rest, tag);
}

/** Throws when key, bytes or context are not those they were encrypted with. */
export function decryptBytes(key: Uint8Array, bytes: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error(`${context} is cut short`);
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(utf8(context))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const body: Uint8Array = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  const rest: Uint8Array = decipher.final();
  return concatenated(body, rest);
}

/** `encryptBytes` of text, as base64url. */
export const encrypt = (key: Uint8Array, plain: string, context: string): string =>
  toBase64Url(encryptBytes(key, utf8(plain), context));

/** Throws when key, text or context are not those it was encrypted with. */
export const decrypt = (key: Uint8Array, sealed: string, context: string): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    decryptBytes(key, fromBase64(sealed), context),
  );
