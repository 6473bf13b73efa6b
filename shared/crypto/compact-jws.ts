import { fromBase64, toBase64Url } from './bytes.ts';

const PARTS = /^[\w-]+\.[\w-]*\.[\w-]+$/;

/**
 * Whether a text is a compact JWS in the one spelling it has (RFC 7515 §2, §7.1): three parts of base64url without spaces,
 * padding or stray bits. `jose` reads other spellings of the same bytes too; a token has one, so that it can be recognised.
 */
export function isCompactJws(text: string): boolean {
  return PARTS.test(text) && text.split('.').every((part) => part.length % 4 !== 1 && hasOneSpelling(part));
}

const hasOneSpelling = (part: string): boolean => toBase64Url(fromBase64(part)) === part;
