import { z } from 'zod';
import { GRANTABLE } from '#shared/auth/permissions.ts';
import { idSchema } from '#shared/ids/ids.ts';

/** Ways to get a token that a client may be registered for (`grant_type`). */
export const grantTypeSchema = z.enum([
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
]);
const addresses = z.array(z.string().min(1).max(500)).max(20).default([]);
const scopeSchema = z.enum(['openid', 'email', 'roles', 'offline_access', ...GRANTABLE]);
const publicKeySchema = z
  .looseObject({ kty: z.enum(['OKP', 'EC', 'RSA']), kid: z.string().max(100).optional() })
  .refine((key) => !['d', 'p', 'q', 'k'].some((part) => part in key), 'must be a public key');

export const clientInputSchema = z
  .strictObject({
    /** As the customer reads it when asked to agree. */
    name: z.string().trim().min(1).max(80),
    authentication: z.enum(['none', 'client_secret', 'private_key_jwt']),
    grants: z.array(grantTypeSchema).min(1).max(5),
    scopes: z.array(scopeSchema).min(1).max(60),
    /** Compared character by character. */
    redirectUris: addresses,
    postLogoutRedirectUris: addresses,
    /** Of `private_key_jwt`: public keys of the client. */
    jwks: z
      .strictObject({ keys: z.array(publicKeySchema).min(1).max(10) })
      .nullable()
      .default(null),
    /** The shop's own: the customer is not asked. */
    trusted: z.boolean().default(false),
    requirePushed: z.boolean().default(false),
    requireDpop: z.boolean().default(false),
    status: z.enum(['active', 'disabled']).default('active'),
  })
  .meta({ id: 'OAuthClientInput' });
export type ClientInput = z.infer<typeof clientInputSchema>;

export const clientSecretSchema = z
  .strictObject({
    id: idSchema('clientSecret'),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'OAuthClientSecret' });

const clientShape = {
  id: idSchema('client'),
  name: z.string(),
  authentication: z.enum(['none', 'client_secret', 'private_key_jwt']),
  grants: z.array(z.string()),
  scopes: z.array(z.string()),
  redirectUris: z.array(z.string()),
  postLogoutRedirectUris: z.array(z.string()),
  jwks: z.looseObject({}).nullable(),
  trusted: z.boolean(),
  requirePushed: z.boolean(),
  requireDpop: z.boolean(),
  status: z.enum(['active', 'disabled']),
  version: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};
export const clientSummarySchema = z.strictObject(clientShape).meta({ id: 'OAuthClientSummary' });
export const clientSchema = z
  .strictObject({ ...clientShape, secrets: z.array(clientSecretSchema) })
  .meta({ id: 'OAuthClient' });
export const clientListSchema = z
  .strictObject({ items: z.array(clientSummarySchema), next: z.string().nullable() })
  .meta({ id: 'OAuthClientList' });
export const newClientSchema = z
  .strictObject({
    ...clientShape,
    secrets: z.array(clientSecretSchema),
    /** Told this once. Null: the client keeps no secret of ours. */
    secret: z.string().nullable(),
  })
  .meta({ id: 'NewOAuthClient' });
export const newSecretInputSchema = z
  .strictObject({ expiresAt: z.iso.datetime({ offset: true }).nullable().default(null) })
  .meta({ id: 'NewOAuthClientSecretInput' });
export const newSecretSchema = z
  .strictObject({
    id: idSchema('clientSecret'),
    secret: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'NewOAuthClientSecret' });

const scopeTextSchema = z.strictObject({ name: z.string(), text: z.string() });
export const authorizationInputSchema = z
  .strictObject({
    /** Query of the authorization request, as the application sent it. */
    query: z.string().max(8_000),
    decision: z.enum(['allow', 'deny']).optional(),
  })
  .meta({ id: 'AuthorizationInput' });
export const authorizationStepSchema = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.literal('refuse'), error: z.string(), description: z.string() }),
    z.strictObject({ action: z.literal('redirect'), location: z.string() }),
    z.strictObject({ action: z.literal('sign_in'), query: z.string(), loginHint: z.string().nullable() }),
    z.strictObject({
      action: z.literal('consent'),
      application: z.string(),
      account: z.string(),
      target: z.string(),
      scopes: z.array(scopeTextSchema),
    }),
  ])
  .meta({ id: 'AuthorizationStep' });
export type AuthorizationStep = z.infer<typeof authorizationStepSchema>;

export const applicationListSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        clientId: idSchema('client'),
        name: z.string(),
        scopes: z.array(scopeTextSchema),
        grantedAt: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'ApplicationList' });
export type ApplicationList = z.infer<typeof applicationListSchema>;

export const logoutInputSchema = z
  .strictObject({
    idTokenHint: z.string().max(4_000).optional(),
    clientId: z.string().max(100).optional(),
    postLogoutRedirectUri: z.string().max(500).optional(),
    state: z.string().max(2_000).optional(),
    /** The customer agreed: the application’s own session ends too. */
    end: z.boolean().default(false),
  })
  .meta({ id: 'LogoutInput' });
export const logoutSchema = z
  .strictObject({
    application: z.string().nullable(),
    userId: z.string().nullable(),
    location: z.string().nullable(),
  })
  .meta({ id: 'Logout' });
export type LogoutAnswer = z.infer<typeof logoutSchema>;

/** Refusal of the protocol endpoints, in the form its RFCs give (RFC 6749 §5.2). */
export const oauthErrorSchema = z
  .strictObject({ error: z.string(), error_description: z.string() })
  .meta({ id: 'OAuthError' });
export const tokenAnswerSchema = z
  .strictObject({
    access_token: z.string(),
    token_type: z.enum(['Bearer', 'DPoP']),
    /** Seconds. */
    expires_in: z.int(),
    scope: z.string(),
    refresh_token: z.string().optional(),
    id_token: z.string().optional(),
    issued_token_type: z.string().optional(),
  })
  .meta({ id: 'OAuthTokens' });

export const userCodeSchema = z
  .strictObject({ userCode: z.string().min(1).max(40) })
  .meta({ id: 'UserCode' });
export const deviceDecisionSchema = userCodeSchema
  .extend({ decision: z.enum(['allow', 'deny']) })
  .meta({ id: 'DeviceDecision' });
export const deviceRequestSchema = z
  .strictObject({ application: z.string(), account: z.string(), scopes: z.array(scopeTextSchema) })
  .meta({ id: 'DeviceRequest' });
export type DeviceRequestBody = z.infer<typeof deviceRequestSchema>;

export const apiKeyInputSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(80),
    scopes: z.array(z.enum(GRANTABLE)).min(1).max(60),
    expiresAt: z.iso
      .datetime({ offset: true })
      .refine((at) => Date.parse(at) > Date.now(), 'must be in the future')
      .nullable()
      .default(null),
  })
  .meta({ id: 'ApiKeyInput' });
const apiKeyShape = {
  id: idSchema('apiKey'),
  name: z.string(),
  /** What the key begins with. */
  prefix: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
};
export const apiKeyListSchema = z
  .strictObject({ items: z.array(z.strictObject(apiKeyShape)) })
  .meta({ id: 'ApiKeyList' });
export type ApiKeyList = z.infer<typeof apiKeyListSchema>;
export const newApiKeySchema = z.strictObject({ ...apiKeyShape, key: z.string() }).meta({ id: 'NewApiKey' });

export const supportAccessListSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        id: idSchema('supportAccess'),
        scopes: z.array(z.string()),
        reason: z.string(),
        at: z.iso.datetime(),
        expiresAt: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'SupportAccessList' });
export type SupportAccessList = z.infer<typeof supportAccessListSchema>;
