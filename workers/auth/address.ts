/**
 * What stands for a client's network in limits: an IPv4 address whole, an IPv6 address as its /64, since one customer
 * commands a whole /64. Pure.
 */
export function networkOf(address: string | undefined): string {
  const text = (address ?? '').trim().toLowerCase().slice(0, 64);
  if (text === '') return 'unknown';
  if (!text.includes(':')) return text;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

/** The wider range a network lies in: IPv4 /24, IPv6 /48. What is neither stands for itself. Pure. */
export function rangeOf(network: string): string {
  const [, three] = /^(\d+\.\d+\.\d+)\.\d+$/.exec(network) ?? [];
  if (three !== undefined) return `${three}.0/24`;
  return network.endsWith('::/64') ? `${network.split(':').slice(0, 3).join(':')}::/48` : network;
}

/** The edge's word for a country, or nothing: it says `XX` and `T1` where it does not know (unknown, Tor). */
export const countryOf = (sent: string | undefined): string =>
  /^[A-Z]{2}$/.test(sent ?? '') && sent !== 'XX' ? (sent ?? '') : '';
