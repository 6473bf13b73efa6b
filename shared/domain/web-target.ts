/**
 * Where outgoing requests on someone else's behalf may go. Pure: the caller looks names up. URL parsing (WHATWG) already
 * turns every notation of an IPv4 address (decimal, octal, hexadecimal, short) into four numbers.
 */

/** `public`: https to the public internet. `any`: for a laptop, where the receiver runs beside the shop. */
export type TargetPolicy = 'public' | 'any';

const URL_LENGTH_MAX = 2_000;

/** Why a URL may not be called, in words for whoever registers it; null when it may, as far as its text tells. */
export function targetFault(text: string, policy: TargetPolicy): string | null {
  const url = text.length <= URL_LENGTH_MAX && URL.canParse(text) ? new URL(text) : null;
  if (url === null) return `must be an absolute URL of at most ${URL_LENGTH_MAX} characters`;
  if (url.username !== '' || url.password !== '') return 'must not carry credentials';
  if (url.hash !== '') return 'must not have a fragment';
  if (policy === 'any') return /^https?:$/.test(url.protocol) ? null : 'must begin with http:// or https://';
  if (url.protocol !== 'https:') return 'must begin with https://';
  const host = hostOf(url);
  if (isAddress(host)) return isPublicAddress(host) ? null : 'must not lead to a private address';
  return isPublicName(host) ? null : 'must name a host of the public internet';
}

/** The host without brackets and without the dot of a fully qualified name. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
export const isAddress = (host: string): boolean => IPV4.test(host) || host.includes(':');

/** Special-purpose registries of IANA: names that never belong to the public internet. */
const PRIVATE_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home.arpa',
  'test',
  'invalid',
  'onion',
  'alt',
];
function isPublicName(name: string): boolean {
  const labels = name.toLowerCase();
  return (
    labels.includes('.') &&
    !PRIVATE_SUFFIXES.some((suffix) => labels === suffix || labels.endsWith(`.${suffix}`))
  );
}

/** Blocks that are not the public internet (https://www.iana.org/assignments/iana-ipv4-special-registry). */
const PRIVATE_IPV4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** Within 2000::/3, the only block of IPv6 that is given out: special uses, and tunnels that carry an IPv4 address. */
const PRIVATE_IPV6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Of an address as text, IPv4 or IPv6. Anything unreadable is not public. */
export function isPublicAddress(address: string): boolean {
  const four = ipv4Bits(address);
  if (four !== null)
    return !PRIVATE_IPV4.some(([block, length]) => isWithin(four, 32, ipv4Bits(block), length));
  const six = ipv6Bits(address);
  if (six === null || !isWithin(six, 128, ipv6Bits('2000::'), 3)) return false;
  return !PRIVATE_IPV6.some(([block, length]) => isWithin(six, 128, ipv6Bits(block), length));
}

const isWithin = (bits: bigint, size: number, block: bigint | null, length: number): boolean =>
  block !== null && bits >> BigInt(size - length) === block >> BigInt(size - length);

function ipv4Bits(text: string): bigint | null {
  const parts = IPV4.exec(text)?.slice(1).map(Number) ?? [];
  if (parts.length !== 4 || parts.some((part) => part > 255)) return null;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function ipv6Bits(text: string): bigint | null {
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = ipv4Bits(mapped?.[2] ?? '');
  if (mapped !== null && tail === null) return null;
  const hex = (group: bigint): string => (group & 0xffffn).toString(16);
  const plain =
    mapped === null || tail === null ? text : `${mapped[1] ?? ''}${hex(tail >> 16n)}:${hex(tail)}`;
  const [head = '', rest, ...more] = plain.split('::');
  const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groupsOf(head);
  const after = groupsOf(rest ?? '');
  const missing = 8 - before.length - after.length;
  if (more.length > 0 || (rest === undefined ? missing !== 0 : missing < 1)) return null;
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
