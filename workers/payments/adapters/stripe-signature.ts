import { concatenated, equalBytes, fromHex } from '#shared/crypto/bytes.ts';
import { SECOND_MS } from '#shared/time/time.ts';

/** How far a signature's time may lie from ours, either way (https://docs.stripe.com/webhooks/signature). */
const TOLERANCE_MS = 300 * SECOND_MS;
/** The provider sends one a secret, and keeps two secrets at most while one is rotated. */
const SIGNATURES_MAX = 16;
const HEADER_LENGTH_MAX = 4_096;
const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

export interface SignatureHeader {
  /** As written: it is part of what is signed. */
  timestamp: string;
  signatures: Uint8Array[];
}

/**
 * Reads a `stripe-signature` header: one `t`, any number of `v1`, other schemes left aside. Null for anything that cannot
 * be right whatever the body is: malformed, without `v1`, too old, from the future.
 */
export function readSignatureHeader(header: string | null, now: number): SignatureHeader | null {
  if (header === null || header.length > HEADER_LENGTH_MAX) return null;
  const parts = header.split(',').map((part) => part.trim().split('='));
  const of = (name: string) => parts.filter(([each]) => each === name).map(([, value = '']) => value);
  const [timestamp, another] = of('t');
  if (timestamp === undefined || another !== undefined || !TIMESTAMP.test(timestamp)) return null;
  if (Math.abs(now - Number(timestamp) * SECOND_MS) > TOLERANCE_MS) return null;
  const signatures = of('v1').filter((value) => SIGNATURE.test(value));
  if (signatures.length === 0 || signatures.length > SIGNATURES_MAX) return null;
  return { timestamp, signatures: signatures.map(fromHex) };
}

/**
 * Whether any of the signatures is of one of the secrets. One HMAC a secret however many signatures are sent, and each
 * comparison takes the same time. The SDK's own check takes one secret and accepts times from the future.
 */
export async function isSigned(
  header: SignatureHeader,
  body: Uint8Array,
  secrets: readonly string[],
): Promise<boolean> {
  const text = new TextEncoder();
  const signed = concatenated(text.encode(`${header.timestamp}.`), body);
  let matches = false;
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey(
      'raw',
      text.encode(secret),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const expected = new Uint8Array(await crypto.subtle.sign('HMAC', key, signed));
    for (const signature of header.signatures) if (equalBytes(signature, expected)) matches = true;
  }
  return matches;
}

/** The endpoint's signing secrets, separated by white space or commas: two while one is rotated. */
export const signingSecrets = (setting: string): string[] =>
  setting.split(/[\s,]+/).filter((secret) => secret !== '');
