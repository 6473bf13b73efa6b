import type { TargetPolicy } from '#shared/domain/web-target.ts';
import type { IdentityIndex } from '../crypto/identity-index.ts';
import type { OidcClient } from './oidc/client.ts';
import type { FederationQueries } from './queries/index.ts';
import type { HostCheck } from './public-hosts.ts';
import type { ProviderFetch } from './safe-fetch.ts';

/** What sign-in by other providers needs of the world. */
export interface FederationPorts extends FederationQueries {
  index: IdentityIndex;
  /** Where providers may be. */
  policy: TargetPolicy;
  /** Whether a name leads to the public internet. */
  hosts: HostCheck;
  fetched: ProviderFetch;
  oidc: OidcClient;
}
