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
});

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
  },
  (table) => [
    index('sessions_by_account').on(table.accountId, table.id),
    index('sessions_by_end').on(table.absoluteUntil),
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
  (table) => [index('audit_log_by_subject').on(table.subject, table.sequence)],
);

export const auditChain = sqliteTable('audit_chain', {
  sequence: integer().primaryKey(),
  keyId: text('key_id').notNull(),
  mac: text().notNull(),
});

export const mailOutbox = sqliteTable('mail_outbox', {
  id: text().primaryKey(),
  requestId: text('request_id').notNull(),
  contentSealed: text('content_sealed').notNull(),
  attempts: integer().notNull(),
  nextAt: integer('next_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
});
