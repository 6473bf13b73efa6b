import { timingSafeEqual } from 'node:crypto';

/** Compares in a time that tells nothing about where two texts differ. */
export function sameText(left: string, right: string): boolean {
  const encoder = new TextEncoder();
  const a = encoder.encode(left);
  const b = encoder.encode(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether an `Authorization` header carries exactly this key. */
export const bearerIs = (header: string | undefined, key: string): boolean =>
  sameText(/^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '', key);
