-- Sign-in by other providers. Times are milliseconds since the epoch; `*_sealed` is AES-256-GCM text
-- (shared/crypto/sealing.ts), `*_hash` SHA-256 of a random secret.

-- A provider whose word counts here. `organisation_id` null: the shop's own. `settings` is JSON of one kind
-- (shared/contracts/http/federation.ts); `secret_sealed` the client secret, or the key that makes it.
CREATE TABLE connections (
  id TEXT PRIMARY KEY,
  organisation_id TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('oidc', 'saml')),
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
  listed INTEGER NOT NULL,
  settings TEXT NOT NULL,
  secret_sealed TEXT,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX connections_by_organisation ON connections (organisation_id, id);

-- Domains whose people sign in by a connection; one connection a domain.
CREATE TABLE connection_domains (
  domain TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL REFERENCES connections (id)
) WITHOUT ROWID;
CREATE INDEX connection_domains_by_connection ON connection_domains (connection_id);

-- Who a provider says somebody is. `identity_sealed` holds issuer and subject, `identity_index` is a keyed hash of them;
-- `label_sealed` is what the owner knows the identity by. Never found by an address.
CREATE TABLE identities (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  connection_id TEXT NOT NULL REFERENCES connections (id),
  identity_index TEXT NOT NULL,
  identity_sealed TEXT NOT NULL,
  label_sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  UNIQUE (connection_id, identity_index)
) WITHOUT ROWID;
CREATE INDEX identities_by_account ON identities (account_id, id);

-- Sign-ins under way at a provider; taken out by the DELETE that uses one. `account_id` and `session_id`: whose account
-- the identity is to be linked to, and where that was asked for; null: a sign-in.
CREATE TABLE federation_requests (
  state_hash TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL REFERENCES connections (id),
  browser_hash TEXT NOT NULL,
  account_id TEXT REFERENCES accounts (id),
  session_id TEXT,
  fresh INTEGER NOT NULL,
  return_to TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX federation_requests_by_account ON federation_requests (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX federation_requests_by_connection ON federation_requests (connection_id);
CREATE INDEX federation_requests_by_expiry ON federation_requests (expires_at);
