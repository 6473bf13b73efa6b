import { isPublicAddress } from '#shared/domain/web-target.ts';
import type { Clock } from '#shared/time/time.ts';
import type { DomainNames } from '../adapters/domain-names.ts';
import { HOST_CACHE_MS } from './limits.ts';

/** Why a host may not be called, by its addresses; null when it may. */
export type HostCheck = (host: string) => Promise<string | null>;

const CACHED_MAX = 500;

/**
 * Refuses names that lead to private addresses. The runtime looks a name up once more when it fetches, so one that changes in
 * between is kept from private networks by `global_fetch_strictly_public` alone.
 */
export function publicHosts(names: DomainNames, clock: Clock): HostCheck {
  const publicUntil = new Map<string, number>();
  return async (host) => {
    if ((publicUntil.get(host) ?? 0) > clock.now()) return null;
    const addresses = await names.addresses(host).catch(() => null);
    if (addresses === null) return 'cannot be looked up now';
    if (addresses.length === 0) return 'has no address';
    if (!addresses.every(isPublicAddress)) return 'leads to a private address';
    if (publicUntil.size >= CACHED_MAX) publicUntil.clear();
    publicUntil.set(host, clock.now() + HOST_CACHE_MS);
    return null;
  };
}
