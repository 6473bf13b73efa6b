import * as oauth from 'oauth4webapi';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import type { Clock } from '#shared/time/time.ts';
import { METADATA_CACHE_MS } from '../limits.ts';
import { ProviderFault, providerFault, type ProviderFetch } from '../safe-fetch.ts';
import type { OidcProfile } from './profile.ts';

const CACHED_MAX = 100;

/** What a provider says of itself, and its keys as far as they were needed. */
export interface KnownProvider {
  server: oauth.AuthorizationServer;
  keys: oauth.JWKSCacheInput;
}

export interface ProviderDirectory {
  of(profile: OidcProfile): Promise<KnownProvider>;
}

/** Reads discovery documents (OpenID Connect Discovery §4), each once in a while and isolate. */
export function providerDirectory(
  fetched: ProviderFetch,
  policy: TargetPolicy,
  clock: Clock,
): ProviderDirectory {
  const cached = new Map<string, { provider: KnownProvider; until: number }>();
  return {
    async of(profile) {
      const known = cached.get(profile.issuer);
      if (known !== undefined && known.until > clock.now()) return known.provider;
      const provider = { server: await discover(profile, fetched, policy), keys: {} };
      if (cached.size >= CACHED_MAX) cached.clear();
      cached.set(profile.issuer, { provider, until: clock.now() + METADATA_CACHE_MS });
      return provider;
    },
  };
}

async function discover(
  { issuer, tenants }: OidcProfile,
  fetched: ProviderFetch,
  policy: TargetPolicy,
): Promise<oauth.AuthorizationServer> {
  const url = URL.parse(issuer);
  if (url === null || url.search !== '' || url.hash !== '') {
    throw new ProviderFault('settings', `${issuer} is no issuer: an address without query and fragment`);
  }
  const response = await oauth.discoveryRequest(url, {
    [oauth.customFetch]: fetched,
    [oauth.allowInsecureRequests]: policy === 'any',
  });
  if (tenants !== null) return ofTenants(issuer, response);
  const server = await oauth.processDiscoveryResponse(url, response);
  // The library compares them as addresses; they have to be the same text (OpenID Connect Discovery §4.3).
  if (server.issuer !== issuer) {
    throw new ProviderFault('issuer', `${issuer} says that it is ${server.issuer}`);
  }
  return endpointsChecked(server, policy);
}

/** The document for all tenants names its issuer with a placeholder, as no other may. */
async function ofTenants(issuer: string, response: Response): Promise<oauth.AuthorizationServer> {
  const server = response.ok ? await response.json<oauth.AuthorizationServer>().catch(() => null) : null;
  const expected = `${new URL(issuer).origin}/{tenantid}/v2.0`;
  if (server?.issuer !== expected) {
    throw new ProviderFault('issuer', `${issuer} does not say that it is ${expected}`);
  }
  return endpointsChecked(server, 'public');
}

/** Browsers are led to the authorization endpoint: it must be an address of the web. */
function endpointsChecked(
  server: oauth.AuthorizationServer,
  policy: TargetPolicy,
): oauth.AuthorizationServer {
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    const endpoint = server[name];
    const fault = endpoint === undefined ? 'is missing' : providerFault(endpoint, policy);
    if (fault !== null) throw new ProviderFault('discovery', `${name} of ${server.issuer} ${fault}`);
  }
  return server;
}
