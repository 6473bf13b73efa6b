import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Tables of the OpenID Connect provider and of API keys in AUTH_DB (migrations/auth/0004_oidc.sql). Epoch milliseconds. */
const list = (name: string) => text(name, { mode: 'json' }).$type<string[]>().notNull();

export const oauthClients = sqliteTable('oauth_clients', {
  id: text().primaryKey(),
  name: text().notNull(),
  authentication: text({ enum: ['none', 'client_secret', 'private_key_jwt'] }).notNull(),
  grants: list('grants'),
  scopes: list('scopes'),
  redirectUris: list('redirect_uris'),
  postLogoutRedirectUris: list('post_logout_redirect_uris'),
  jwks: text({ mode: 'json' }).$type<{ keys: Record<string, unknown>[] }>(),
  trusted: integer({ mode: 'boolean' }).notNull(),
  requirePushed: integer('require_pushed', { mode: 'boolean' }).notNull(),
  requireDpop: integer('require_dpop', { mode: 'boolean' }).notNull(),
  status: text({ enum: ['active', 'disabled'] }).notNull(),
  version: integer().notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

export const oauthClientSecrets = sqliteTable(
  'oauth_client_secrets',
  {
    id: text().primaryKey(),
    clientId: text('client_id').notNull(),
    secretHash: text('secret_hash').notNull().unique(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
  },
  (table) => [index('oauth_client_secrets_by_client').on(table.clientId, table.id)],
);

export const oauthConsents = sqliteTable(
  'oauth_consents',
  {
    accountId: text('account_id').notNull(),
    clientId: text('client_id').notNull(),
    scopes: list('scopes'),
    grantedAt: integer('granted_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.clientId] })],
);

export const oauthCodes = sqliteTable(
  'oauth_codes',
  {
    codeHash: text('code_hash').primaryKey(),
    clientId: text('client_id').notNull(),
    accountId: text('account_id').notNull(),
    redirectUri: text('redirect_uri').notNull(),
    scope: text().notNull(),
    nonce: text(),
    challenge: text().notNull(),
    dpopJkt: text('dpop_jkt'),
    amr: list('amr'),
    acr: text().notNull(),
    authTime: integer('auth_time').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
    familyHash: text('family_hash'),
    sessionId: text('session_id'),
  },
  (table) => [index('oauth_codes_by_expiry').on(table.expiresAt)],
);

export const oauthPushedRequests = sqliteTable(
  'oauth_pushed_requests',
  {
    requestHash: text('request_hash').primaryKey(),
    clientId: text('client_id').notNull(),
    parametersSealed: text('parameters_sealed').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('oauth_pushed_requests_by_expiry').on(table.expiresAt)],
);

export const oauthDeviceCodes = sqliteTable(
  'oauth_device_codes',
  {
    deviceHash: text('device_hash').primaryKey(),
    userCodeHash: text('user_code_hash').notNull().unique(),
    clientId: text('client_id').notNull(),
    scope: text().notNull(),
    status: text({ enum: ['pending', 'approved', 'denied', 'used'] }).notNull(),
    accountId: text('account_id'),
    amr: list('amr'),
    acr: text().notNull(),
    authTime: integer('auth_time').notNull(),
    intervalMs: integer('interval_ms').notNull(),
    polledAt: integer('polled_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    sessionId: text('session_id'),
  },
  (table) => [index('oauth_device_codes_by_expiry').on(table.expiresAt)],
);

export const oauthSeenIds = sqliteTable(
  'oauth_seen_ids',
  { idHash: text('id_hash').primaryKey(), expiresAt: integer('expires_at').notNull() },
  (table) => [index('oauth_seen_ids_by_expiry').on(table.expiresAt)],
);

export const supportAccesses = sqliteTable(
  'support_accesses',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    actorId: text('actor_id').notNull(),
    scope: text().notNull(),
    reason: text().notNull(),
    at: integer().notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('support_accesses_by_account').on(table.accountId, table.id)],
);

export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    name: text().notNull(),
    secretHash: text('secret_hash').notNull().unique(),
    scopes: list('scopes'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('api_keys_by_account').on(table.accountId, table.id)],
);
