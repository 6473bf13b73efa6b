import { ok } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { limitByAddress } from '../../usecases/limits.ts';
import type { KnownClient } from '../queries/clients.ts';
import type { OAuthResult, Refusal } from '../refusal.ts';

/**
 * Counts a request that is kept with us until it is used, from an application that proves nothing: anybody can send as many
 * in its name. One that proves who it is answers for itself.
 */
export async function limitRequests(
  ports: AuthPorts,
  caller: Caller,
  client: KnownClient,
): Promise<OAuthResult<null>> {
  if (client.authentication !== 'none') return ok(null);
  const limited = await limitByAddress(ports, caller, 'request.address');
  if (limited.ok) return limited;
  const retryAfter = 'retryAfterSeconds' in limited.error ? limited.error.retryAfterSeconds : 1;
  const refusal: Refusal = {
    error: 'temporarily_unavailable',
    description: `too many requests from this address: try again in ${retryAfter} seconds`,
    retryAfter,
  };
  return { ok: false, error: refusal };
}
