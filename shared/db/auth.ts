export * from './auth-privacy.ts';
export * from './auth-guarding.ts';
export * from './auth-organisations.ts';
export * from './auth-oauth.ts';
export * from './auth-federation.ts';
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Tables of AUTH_DB (migrations/auth), which only the auth worker is bound to. Times are epoch milliseconds. */
export const accounts = sqliteTable('accounts', {
  id: text().primaryKey(),
  emailIndex: text('email_index').notNull().unique(),
  emailSealed: text('email_sealed').notNull(),
  passkeyHandle: text('passkey_handle').notNull().unique(),
  status: text({ enum: ['active', 'disabled'] }).notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  deletedAt: integer('deleted_at'),
});

export const accountRoles = sqliteTable(
  'account_roles',
  {
    accountId: text('account_id').notNull(),
    role: text({ enum: ['customer', 'support', 'operator', 'admin'] }).notNull(),
    grantedBy: text('granted_by').notNull(),
    grantedAt: integer('granted_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.role] }),
    index('account_roles_by_role').on(table.role, table.accountId),
  ],
);

export const passwords = sqliteTable('passwords', {
  accountId: text('account_id').primaryKey(),
  phc: text().notNull(),
  changedAt: integer('changed_at').notNull(),
  standsAlone: integer('stands_alone', { mode: 'boolean' }).notNull().default(true),
});

export const formerPasswords = sqliteTable(
  'former_passwords',
  {
    accountId: text('account_id').notNull(),
    phc: text().notNull(),
    changedAt: integer('changed_at').notNull(),
    replacedAt: integer('replaced_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.replacedAt] })],
);

export const formerPasskeys = sqliteTable(
  'former_passkeys',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    credentialId: text('credential_id').notNull(),
    publicKey: text('public_key').notNull(),
    counter: integer().notNull(),
    transports: text({ mode: 'json' }).$type<string[]>().notNull(),
    backupEligible: integer('backup_eligible', { mode: 'boolean' }).notNull(),
    backedUp: integer('backed_up', { mode: 'boolean' }).notNull(),
    aaguid: text().notNull(),
    name: text().notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
    removedAt: integer('removed_at').notNull(),
  },
  (table) => [
    index('former_passkeys_by_account').on(table.accountId, table.removedAt),
    index('former_passkeys_by_end').on(table.removedAt),
  ],
);

export const formerTotps = sqliteTable(
  'former_totps',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    seedSealed: text('seed_sealed').notNull(),
    lastStep: integer('last_step').notNull(),
    createdAt: integer('created_at').notNull(),
    confirmedAt: integer('confirmed_at').notNull(),
    recoveryCodes: text('recovery_codes', { mode: 'json' }).$type<string[]>().notNull(),
    removedAt: integer('removed_at').notNull(),
  },
  (table) => [
    index('former_totps_by_account').on(table.accountId, table.removedAt),
    index('former_totps_by_end').on(table.removedAt),
  ],
);

export const totps = sqliteTable('totps', {
  accountId: text('account_id').primaryKey(),
  seedSealed: text('seed_sealed').notNull(),
  lastStep: integer('last_step').notNull(),
  createdAt: integer('created_at').notNull(),
  confirmedAt: integer('confirmed_at'),
});

export const recoveryCodes = sqliteTable(
  'recovery_codes',
  { accountId: text('account_id').notNull(), codeHash: text('code_hash').notNull() },
  (table) => [primaryKey({ columns: [table.accountId, table.codeHash] })],
);

export const signInChallenges = sqliteTable(
  'sign_in_challenges',
  {
    idHash: text('id_hash').primaryKey(),
    accountId: text('account_id').notNull(),
    amr: text({ mode: 'json' }).$type<string[]>().notNull(),
    expiresAt: integer('expires_at').notNull(),
    connectionId: text('connection_id'),
  },
  (table) => [
    index('sign_in_challenges_by_account').on(table.accountId),
    index('sign_in_challenges_by_expiry').on(table.expiresAt),
  ],
);

export const ownerLinks = sqliteTable(
  'owner_links',
  {
    tokenHash: text('token_hash').primaryKey(),
    purpose: text({ enum: ['confirm_email', 'undo_email', 'not_me'] }).notNull(),
    accountId: text('account_id').notNull(),
    emailIndex: text('email_index'),
    emailSealed: text('email_sealed'),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('owner_links_by_account').on(table.accountId, table.purpose),
    index('owner_links_by_expiry').on(table.expiresAt),
  ],
);

export const emailCodes = sqliteTable(
  'email_codes',
  {
    emailIndex: text('email_index').primaryKey(),
    accountId: text('account_id'),
    codeHash: text('code_hash').notNull(),
    triesLeft: integer('tries_left').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('email_codes_by_expiry').on(table.expiresAt)],
);

export const devices = sqliteTable(
  'devices',
  {
    accountId: text('account_id').notNull(),
    deviceHash: text('device_hash').notNull(),
    firstSeenAt: integer('first_seen_at').notNull(),
    lastSeenAt: integer('last_seen_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.deviceHash] }),
    index('devices_by_use').on(table.lastSeenAt),
  ],
);

export const passkeys = sqliteTable(
  'passkeys',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    credentialId: text('credential_id').notNull().unique(),
    publicKey: text('public_key').notNull(),
    counter: integer().notNull(),
    transports: text({ mode: 'json' }).$type<string[]>().notNull(),
    backupEligible: integer('backup_eligible', { mode: 'boolean' }).notNull(),
    backedUp: integer('backed_up', { mode: 'boolean' }).notNull(),
    aaguid: text().notNull(),
    name: text().notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [index('passkeys_by_account').on(table.accountId, table.id)],
);

export const ceremonies = sqliteTable(
  'ceremonies',
  {
    id: text().primaryKey(),
    kind: text({ enum: ['registration', 'authentication'] }).notNull(),
    accountId: text('account_id'),
    challenge: text().notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('ceremonies_by_expiry').on(table.expiresAt)],
);

export const emailTokens = sqliteTable(
  'email_tokens',
  {
    tokenHash: text('token_hash').primaryKey(),
    purpose: text({ enum: ['verify', 'reset'] }).notNull(),
    accountId: text('account_id'),
    emailIndex: text('email_index').notNull(),
    emailSealed: text('email_sealed').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('email_tokens_by_address').on(table.emailIndex, table.purpose),
    index('email_tokens_by_expiry').on(table.expiresAt),
  ],
);

export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    familyHash: text('family_hash').notNull().unique(),
    currentHash: text('current_hash').notNull(),
    previousHash: text('previous_hash'),
    previousUntil: integer('previous_until'),
    previousClient: text('previous_client'),
    successorSealed: text('successor_sealed'),
    generation: integer().notNull(),
    reissue: integer({ mode: 'boolean' }).notNull().default(false),
    amr: text({ mode: 'json' }).$type<string[]>().notNull(),
    acr: text().notNull(),
    authTime: integer('auth_time').notNull(),
    userAgent: text('user_agent').notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at').notNull(),
    idleUntil: integer('idle_until').notNull(),
    absoluteUntil: integer('absolute_until').notNull(),
    revokedAt: integer('revoked_at'),
    revokedWhy: text('revoked_why'),
    country: text().notNull().default(''),
    clientId: text('client_id'),
    scope: text(),
    dpopJkt: text('dpop_jkt'),
    connectionId: text('connection_id'),
    firstId: text('first_id'),
  },
  (table) => [
    index('sessions_by_account').on(table.accountId, table.id),
    index('sessions_by_first_id')
      .on(table.firstId)
      .where(sql`first_id IS NOT NULL`),
    index('sessions_by_end').on(table.absoluteUntil),
    index('sessions_by_connection')
      .on(table.connectionId)
      .where(sql`connection_id IS NOT NULL`),
  ],
);

export const signingKeys = sqliteTable('signing_keys', {
  kid: text().primaryKey(),
  sequence: integer().notNull().unique(),
  publicX: text('public_x').notNull(),
  privateSealed: text('private_sealed').notNull(),
  createdAt: integer('created_at').notNull(),
  activeFrom: integer('active_from').notNull(),
});

export const auditLog = sqliteTable(
  'audit_log',
  {
    sequence: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    requestId: text('request_id').notNull(),
    address: text().notNull(),
    actorId: text('actor_id'),
    subject: text(),
    action: text().notNull(),
    outcome: text({ enum: ['success', 'failure'] }).notNull(),
    factor: text().notNull(),
    detail: text().notNull(),
  },
  (table) => [
    index('audit_log_by_subject').on(table.subject, table.sequence),
    index('audit_log_by_time').on(table.at),
  ],
);

export const auditChain = sqliteTable('audit_chain', {
  sequence: integer().primaryKey(),
  hash: text().notNull(),
});

export const auditCheckpoints = sqliteTable('audit_checkpoints', {
  through: integer().primaryKey(),
  hash: text().notNull(),
  at: integer().notNull(),
  signed: text().notNull(),
});

export const auditKeys = sqliteTable('audit_keys', {
  kid: text().primaryKey(),
  sequence: integer().notNull().unique(),
  publicX: text('public_x').notNull(),
  privateSealed: text('private_sealed').notNull(),
  createdAt: integer('created_at').notNull(),
});

export const mailOutbox = sqliteTable('mail_outbox', {
  id: text().primaryKey(),
  requestId: text('request_id').notNull(),
  contentSealed: text('content_sealed').notNull(),
  attempts: integer().notNull(),
  nextAt: integer('next_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
});
