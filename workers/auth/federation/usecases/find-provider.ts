import { ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { limitByAddress } from '../../usecases/limits.ts';
import { domainOf } from '../domain-rules.ts';
import { PROVIDERS_LISTED_MAX } from '../limits.ts';
import type { Provider } from '../queries/connections.ts';

export const listedProviders = (ports: AuthPorts): Promise<Provider[]> =>
  ports.federation.connections.listed(PROVIDERS_LISTED_MAX);

/** The provider an address belongs to, by its domain alone: no account is looked at. */
export async function routeByEmail(
  ports: AuthPorts,
  caller: Caller,
  { email }: { email: string },
): Promise<Result<Provider | null, AuthError>> {
  const limited = await limitByAddress(ports, caller, 'federation.address');
  if (!limited.ok) return limited;
  return ok(await ports.federation.connections.ofDomain(domainOf(email), ports.clock.now()));
}
