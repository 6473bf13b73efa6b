-- OpenID Connect provider and API keys. Times are milliseconds since the epoch; `*_hash` is SHA-256 of a random secret.

-- A session that an application got for its user. Null: a session in our own pages.
ALTER TABLE sessions ADD COLUMN client_id TEXT;
ALTER TABLE sessions ADD COLUMN scope TEXT;
-- Key its refresh tokens are bound to (RFC 9449 §5); null: none.
ALTER TABLE sessions ADD COLUMN dpop_jkt TEXT;
CREATE INDEX sessions_by_client ON sessions (client_id, account_id) WHERE client_id IS NOT NULL;

-- Applications and services. Lists are JSON arrays of text.
CREATE TABLE oauth_clients (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  authentication TEXT NOT NULL CHECK (authentication IN ('none', 'client_secret', 'private_key_jwt')),
  grants TEXT NOT NULL,
  scopes TEXT NOT NULL,
  redirect_uris TEXT NOT NULL,
  post_logout_redirect_uris TEXT NOT NULL,
  jwks TEXT,
  trusted INTEGER NOT NULL,
  require_pushed INTEGER NOT NULL,
  require_dpop INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Several at a time, so that one is replaced without an interruption.
CREATE TABLE oauth_client_secrets (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES oauth_clients (id),
  secret_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) WITHOUT ROWID;
CREATE INDEX oauth_client_secrets_by_client ON oauth_client_secrets (client_id, id);

CREATE TABLE oauth_consents (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  client_id TEXT NOT NULL REFERENCES oauth_clients (id),
  scopes TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, client_id)
) WITHOUT ROWID;

-- `family_hash` names the session the code was exchanged for: a second use ends it.
CREATE TABLE oauth_codes (
  code_hash TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES oauth_clients (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  redirect_uri TEXT NOT NULL,
  scope TEXT NOT NULL,
  nonce TEXT,
  challenge TEXT NOT NULL,
  dpop_jkt TEXT,
  amr TEXT NOT NULL,
  acr TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  family_hash TEXT
) WITHOUT ROWID;
CREATE INDEX oauth_codes_by_expiry ON oauth_codes (expires_at);

CREATE TABLE oauth_pushed_requests (
  request_hash TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES oauth_clients (id),
  parameters TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX oauth_pushed_requests_by_expiry ON oauth_pushed_requests (expires_at);

CREATE TABLE oauth_device_codes (
  device_hash TEXT PRIMARY KEY,
  user_code_hash TEXT NOT NULL UNIQUE,
  client_id TEXT NOT NULL REFERENCES oauth_clients (id),
  scope TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'used')),
  account_id TEXT REFERENCES accounts (id),
  amr TEXT NOT NULL,
  acr TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  interval_ms INTEGER NOT NULL,
  polled_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX oauth_device_codes_by_expiry ON oauth_device_codes (expires_at);

-- Ids of proofs and assertions, until they could not be sent again.
CREATE TABLE oauth_seen_ids (
  id_hash TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX oauth_seen_ids_by_expiry ON oauth_seen_ids (expires_at);

-- Times a member of staff acted as a customer, for the customer to see.
CREATE TABLE support_accesses (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  actor_id TEXT NOT NULL REFERENCES accounts (id),
  scope TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX support_accesses_by_account ON support_accesses (account_id, id);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
) WITHOUT ROWID;
CREATE INDEX api_keys_by_account ON api_keys (account_id, id);
