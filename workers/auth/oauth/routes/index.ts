import type { Endpoint } from '../../routes/route.ts';
import { apiKeyEndpoints } from './api-keys.ts';
import { applicationEndpoints } from './applications.ts';
import { authorizeEndpoint } from './authorize.ts';
import { clientSecretEndpoints } from './client-secrets.ts';
import { clientEndpoints } from './clients.ts';
import { deviceAuthorizationEndpoint } from './device-authorization.ts';
import { deviceDecisionEndpoints } from './device-decision.ts';
import { discoveryEndpoints } from './discovery.ts';
import { endSessionEndpoint } from './end-session.ts';
import { introspectEndpoint } from './introspect.ts';
import { pushRequestEndpoint } from './push-request.ts';
import { revokeEndpoint } from './revoke.ts';
import { supportAccessesEndpoint } from './support-accesses.ts';
import { tokenEndpoint } from './token.ts';
import { userInfoEndpoint } from './user-info.ts';

/** Endpoints of the OpenID Connect provider. */
export const OAUTH_ENDPOINTS: readonly Endpoint[] = [
  discoveryEndpoints,
  authorizeEndpoint,
  pushRequestEndpoint,
  deviceAuthorizationEndpoint,
  deviceDecisionEndpoints,
  tokenEndpoint,
  userInfoEndpoint,
  revokeEndpoint,
  introspectEndpoint,
  endSessionEndpoint,
  clientEndpoints,
  clientSecretEndpoints,
  applicationEndpoints,
  apiKeyEndpoints,
  supportAccessesEndpoint,
];
