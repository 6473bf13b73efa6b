import { toBase64Url } from '#shared/crypto/bytes.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import type { SubjectKind } from '#shared/domain/fraud/signals.ts';

/** A name that stands for whom it is counted, and tells nobody who that is. */
export type SubjectName = (kind: SubjectKind, value: string) => string;

/** `secret`: base64 of 32 bytes; a new one in front of it begins all counts anew. */
export function subjectNames(secret: string): SubjectName {
  const key = keyRing('FRAUD_KEY', secret).current;
  return (kind, value) => `${kind}:${toBase64Url(key.mac('fraud subjects', `${kind}:${value}`))}`;
}

/** An IPv4 address as it is; of IPv6 the /64, which belongs to one household or machine. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const missing = address.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0;
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
