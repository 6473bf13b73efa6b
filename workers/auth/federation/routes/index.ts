import type { Endpoint } from '../../routes/route.ts';
import { connectionEndpoints } from './connections.ts';
import { callbackEndpoint } from './callback.ts';
import { identityEndpoints } from './identities.ts';
import { organisationConnectionEndpoints } from './organisation-connections.ts';
import { organisationDomainEndpoints } from './organisation-domains.ts';
import { providerEndpoints } from './providers.ts';
import { samlMetadataEndpoints } from './saml-metadata.ts';
import { startEndpoint } from './start.ts';
import { testConnectionEndpoint } from './test-connection.ts';

/** Endpoints of sign-in by other providers. */
export const FEDERATION_ENDPOINTS: readonly Endpoint[] = [
  connectionEndpoints,
  testConnectionEndpoint,
  providerEndpoints,
  startEndpoint,
  callbackEndpoint,
  identityEndpoints,
  samlMetadataEndpoints,
  organisationDomainEndpoints,
  organisationConnectionEndpoints,
];
