import { index, integer, primaryKey, sqliteTable, text, unique } from 'drizzle-orm/sqlite-core';

/** Tables of organisations in AUTH_DB (migrations/auth/0007 and 0010). Epoch milliseconds. */
const role = () => text({ enum: ['owner', 'admin', 'buyer', 'member'] }).notNull();

export const organisations = sqliteTable('organisations', {
  id: text().primaryKey(),
  name: text().notNull(),
  status: text({ enum: ['active', 'archived'] }).notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  actedForAt: integer('acted_for_at'),
});

export const organisationMembers = sqliteTable(
  'organisation_members',
  {
    organisationId: text('organisation_id').notNull(),
    accountId: text('account_id').notNull(),
    role: role(),
    joinedAt: integer('joined_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organisationId, table.accountId] }),
    index('organisation_members_by_account').on(table.accountId, table.organisationId),
    index('organisation_owners').on(table.organisationId, table.accountId),
  ],
);

export const removedMembers = sqliteTable(
  'removed_members',
  {
    id: text().primaryKey(),
    organisationId: text('organisation_id').notNull(),
    accountId: text('account_id').notNull(),
    emailSealed: text('email_sealed'),
    emailIndex: text('email_index').notNull(),
    identitySealed: text('identity_sealed'),
    identityIndex: text('identity_index'),
    removedAt: integer('removed_at').notNull(),
  },
  (table) => [
    index('removed_members_by_email').on(table.organisationId, table.emailIndex),
    index('removed_members_by_identity').on(table.organisationId, table.identityIndex),
    index('removed_members_by_account').on(table.accountId),
    index('removed_members_by_end').on(table.removedAt),
  ],
);

export const organisationInvitations = sqliteTable(
  'organisation_invitations',
  {
    id: text().primaryKey(),
    organisationId: text('organisation_id').notNull(),
    emailIndex: text('email_index').notNull(),
    emailSealed: text('email_sealed').notNull(),
    role: role(),
    tokenHash: text('token_hash').notNull().unique(),
    invitedBy: text('invited_by').notNull(),
    createdAt: integer('created_at').notNull(),
    sentAt: integer('sent_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    unique().on(table.organisationId, table.emailIndex),
    index('organisation_invitations_by_expiry').on(table.expiresAt),
  ],
);

export const organisationApiKeys = sqliteTable(
  'organisation_api_keys',
  {
    id: text().primaryKey(),
    organisationId: text('organisation_id').notNull(),
    createdBy: text('created_by').notNull(),
    name: text().notNull(),
    secretHash: text('secret_hash').notNull().unique(),
    scopes: text({ mode: 'json' }).$type<string[]>().notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('organisation_api_keys_by_organisation').on(table.organisationId, table.id)],
);

export const organisationDomains = sqliteTable(
  'organisation_domains',
  {
    organisationId: text('organisation_id').notNull(),
    domain: text().notNull(),
    token: text().notNull(),
    createdAt: integer('created_at').notNull(),
    verifiedAt: integer('verified_at'),
    verifiedUntil: integer('verified_until'),
    checkedAt: integer('checked_at'),
    warnedAt: integer('warned_at'),
  },
  (table) => [
    primaryKey({ columns: [table.organisationId, table.domain] }),
    index('organisation_domains_by_check').on(table.checkedAt),
  ],
);
