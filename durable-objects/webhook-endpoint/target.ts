import {
  hostOf,
  isAddress,
  isPublicAddress,
  targetFault,
  type TargetPolicy,
} from '#shared/domain/web-target.ts';

/** Addresses of a name, IPv4 and IPv6; none when it does not exist. Throws when nobody can be asked. */
export type LookUp = (name: string) => Promise<string[]>;

/**
 * Why a URL may not be called; null when it may. Asked when it is registered and again before each attempt: a name that
 * led elsewhere then may lead inside now. The runtime connects by name, so between this look and the connection a name
 * may still change: `global_fetch_strictly_public` keeps even that from reaching what is private to the platform.
 */
export async function targetRefusal(
  url: string,
  policy: TargetPolicy,
  lookUp: LookUp,
): Promise<string | null> {
  const fault = targetFault(url, policy);
  if (fault !== null || policy === 'any') return fault;
  const host = hostOf(new URL(url));
  if (isAddress(host)) return null;
  const addresses = await lookUp(host);
  if (addresses.length === 0) return 'must name a host that exists';
  return addresses.every(isPublicAddress) ? null : 'must not lead to a private address';
}
