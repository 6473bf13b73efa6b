import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { ACR_VALUES } from '#shared/auth/step-up.ts';
import { DPOP_ALGORITHMS } from '#shared/auth/dpop.ts';
import { open } from '#shared/http/authorised.ts';
import { json } from '#shared/http/responses.ts';
import { JWKS_MAX_AGE_SECONDS } from '../../limits.ts';
import type { Endpoint } from '../../routes/route.ts';
import { GRANT_TYPES, PATHS } from '../endpoints.ts';
import { SCOPES } from '../scopes.ts';
import { ASSERTION_ALGORITHMS } from '../usecases/authenticate-client.ts';
import { OAUTH_TAG } from './protocol.ts';

const CLIENT_AUTHENTICATION = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];

/** What the provider can do (OIDC Discovery §3, RFC 8414 §2). */
const metadata = (origin: string) => ({
  issuer: origin,
  authorization_endpoint: origin + PATHS.authorize,
  token_endpoint: origin + PATHS.token,
  userinfo_endpoint: origin + PATHS.userinfo,
  jwks_uri: `${origin}/.well-known/jwks.json`,
  revocation_endpoint: origin + PATHS.revoke,
  introspection_endpoint: origin + PATHS.introspect,
  pushed_authorization_request_endpoint: origin + PATHS.push,
  device_authorization_endpoint: origin + PATHS.deviceAuthorization,
  end_session_endpoint: origin + PATHS.endSession,
  scopes_supported: [...SCOPES],
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: [...GRANT_TYPES],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['EdDSA'],
  token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
  token_endpoint_auth_signing_alg_values_supported: [...ASSERTION_ALGORITHMS],
  revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
  introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION.filter((method) => method !== 'none'),
  claims_supported: [
    'sub',
    'iss',
    'aud',
    'auth_time',
    'acr',
    'amr',
    'nonce',
    'sid',
    'email',
    'email_verified',
    'roles',
  ],
  acr_values_supported: [...ACR_VALUES],
  prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
  code_challenge_methods_supported: ['S256'],
  dpop_signing_alg_values_supported: [...DPOP_ALGORITHMS],
  authorization_response_iss_parameter_supported: true,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
  claims_parameter_supported: false,
});

const routes = (['openid-configuration', 'oauth-authorization-server'] as const).map((name) =>
  createRoute({
    method: 'get',
    path: `/.well-known/${name}`,
    operationId: name === 'openid-configuration' ? 'openidConfiguration' : 'oauthServerMetadata',
    tags: OAUTH_TAG,
    summary: name === 'openid-configuration' ? 'Discovery (OpenID Connect)' : 'Discovery (RFC 8414)',
    ...open('public by its standard'),
    responses: { 200: json('Metadata', z.looseObject({ issuer: z.string() })) },
  }),
);

export const discoveryEndpoints: Endpoint = (app, wired) => {
  for (const route of routes) {
    app.openapi(route, (c) => {
      const headers = { 'cache-control': `public, max-age=${JWKS_MAX_AGE_SECONDS}` };
      return c.json(metadata(wired(c).ports.origin), 200, headers);
    });
  }
};
