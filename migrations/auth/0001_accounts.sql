-- Times are milliseconds since the epoch. `*_sealed` is AES-256-GCM text (workers/auth/crypto/sealing.ts), `*_hash`
-- SHA-256, `email_index` a keyed hash of the normalised address.

CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  email_index TEXT NOT NULL UNIQUE,
  email_sealed TEXT NOT NULL,
  passkey_handle TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE account_roles (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('customer', 'support', 'operator', 'admin')),
  granted_by TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, role)
) WITHOUT ROWID;
CREATE INDEX account_roles_by_role ON account_roles (role, account_id);

CREATE TABLE passwords (
  account_id TEXT PRIMARY KEY REFERENCES accounts (id),
  phc TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  credential_id TEXT NOT NULL UNIQUE,
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  backup_eligible INTEGER NOT NULL,
  backed_up INTEGER NOT NULL,
  aaguid TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) WITHOUT ROWID;
CREATE INDEX passkeys_by_account ON passkeys (account_id, id);

-- One challenge each; taken out by the DELETE that uses it.
CREATE TABLE ceremonies (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('registration', 'authentication')),
  account_id TEXT REFERENCES accounts (id),
  challenge TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);

-- Links sent by mail. `account_id` is null when no account had the address as the link was asked for.
CREATE TABLE email_tokens (
  token_hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('verify', 'reset')),
  account_id TEXT REFERENCES accounts (id),
  email_index TEXT NOT NULL,
  email_sealed TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX email_tokens_by_address ON email_tokens (email_index, purpose);
CREATE INDEX email_tokens_by_expiry ON email_tokens (expires_at);

-- A session is a family of refresh tokens: `family_hash` is of the half that stays, `current_hash` of the half that
-- changes at each use. `previous_*` allow the short idempotent replay.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  family_hash TEXT NOT NULL UNIQUE,
  current_hash TEXT NOT NULL,
  previous_hash TEXT,
  previous_until INTEGER,
  previous_client TEXT,
  successor_sealed TEXT,
  generation INTEGER NOT NULL,
  reissue INTEGER NOT NULL DEFAULT 0,
  amr TEXT NOT NULL,
  acr TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  idle_until INTEGER NOT NULL,
  absolute_until INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_why TEXT
) WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account_id, id);
CREATE INDEX sessions_by_end ON sessions (absolute_until);

-- `sequence` is unique so that parallel makers of the next key agree on one.
CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL UNIQUE,
  public_x TEXT NOT NULL,
  private_sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  active_from INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit_log (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  address TEXT NOT NULL,
  actor_id TEXT,
  subject TEXT,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('success', 'failure')),
  factor TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_log_by_subject ON audit_log (subject, sequence);

-- The MAC of each entry covers the MAC before it. Written shortly after the entry; the same value whoever writes it.
CREATE TABLE audit_chain (
  sequence INTEGER PRIMARY KEY REFERENCES audit_log (sequence),
  key_id TEXT NOT NULL,
  mac TEXT NOT NULL
);

CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_chain_no_update BEFORE UPDATE ON audit_chain
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- `INSERT INTO expectation (met) SELECT EXISTS (…)` as a statement of a batch undoes the whole batch when it is not met.
CREATE VIEW expectation AS SELECT 1 AS met;
CREATE TRIGGER expectation_unmet INSTEAD OF INSERT ON expectation WHEN NEW.met IS NOT 1
BEGIN
  SELECT RAISE(ABORT, 'expectation unmet');
END;
