import { canonicalJson } from '#shared/domain/canonical-json.ts';

/** SHA-256 of a request with its keys in order, in hex: the same request whatever way it was written. */
export const fingerprintOf = (request: unknown): Promise<string> => sha256Hex(canonicalJson(request));

export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
