import { index, integer, sqliteTable, text, unique } from 'drizzle-orm/sqlite-core';
import type { ConnectionSettings } from '#shared/contracts/http/federation.ts';

/** Tables of AUTH_DB for sign-in by other providers. Times are epoch milliseconds. */
export const connections = sqliteTable(
  'connections',
  {
    id: text().primaryKey(),
    organisationId: text('organisation_id'),
    kind: text({ enum: ['oidc', 'saml'] }).notNull(),
    name: text().notNull(),
    status: text({ enum: ['active', 'disabled'] }).notNull(),
    listed: integer({ mode: 'boolean' }).notNull(),
    settings: text({ mode: 'json' }).$type<ConnectionSettings>().notNull(),
    secretSealed: text('secret_sealed'),
    version: integer().notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('connections_by_organisation').on(table.organisationId, table.id)],
);

export const connectionDomains = sqliteTable(
  'connection_domains',
  { domain: text().primaryKey(), connectionId: text('connection_id').notNull() },
  (table) => [index('connection_domains_by_connection').on(table.connectionId)],
);

export const identities = sqliteTable(
  'identities',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    connectionId: text('connection_id').notNull(),
    identityIndex: text('identity_index').notNull(),
    identitySealed: text('identity_sealed').notNull(),
    labelSealed: text('label_sealed').notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at').notNull(),
  },
  (table) => [
    unique().on(table.connectionId, table.identityIndex),
    index('identities_by_account').on(table.accountId, table.id),
  ],
);

export const federationRequests = sqliteTable(
  'federation_requests',
  {
    stateHash: text('state_hash').primaryKey(),
    connectionId: text('connection_id').notNull(),
    browserHash: text('browser_hash').notNull(),
    accountId: text('account_id'),
    sessionId: text('session_id'),
    fresh: integer({ mode: 'boolean' }).notNull(),
    returnToSealed: text('return_to_sealed').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('federation_requests_by_account').on(table.accountId),
    index('federation_requests_by_connection').on(table.connectionId),
    index('federation_requests_by_expiry').on(table.expiresAt),
  ],
);
