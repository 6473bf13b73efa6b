/** Where the provider answers, below the public origin. The first three are pages of the gateway. */
export const PATHS = {
  authorize: '/oauth/authorize',
  endSession: '/oauth/logout',
  device: '/device',
  token: '/v1/oauth/token',
  userinfo: '/v1/oauth/userinfo',
  revoke: '/v1/oauth/revoke',
  introspect: '/v1/oauth/introspect',
  push: '/v1/oauth/par',
  deviceAuthorization: '/v1/oauth/device-authorization',
} as const;

/** Ways to get a token (`grant_type`). */
export const GRANTS = {
  code: 'authorization_code',
  refresh: 'refresh_token',
  service: 'client_credentials',
  device: 'urn:ietf:params:oauth:grant-type:device_code',
  exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
} as const;
export const GRANT_TYPES = Object.values(GRANTS);
