-- Second factors, links that guard an account, known devices. Times are milliseconds since the epoch; `*_sealed` is
-- AES-256-GCM text (shared/crypto/sealing.ts), `*_hash` SHA-256.

-- A code counts once: `last_step` is the time step (RFC 6238 §4) of the newest code used, and only later ones are taken.
-- Not confirmed, it is no factor yet.
CREATE TABLE totps (
  account_id TEXT PRIMARY KEY REFERENCES accounts (id),
  seed_sealed TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER
) WITHOUT ROWID;

-- A row goes as its code is used.
CREATE TABLE recovery_codes (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  code_hash TEXT NOT NULL,
  PRIMARY KEY (account_id, code_hash)
) WITHOUT ROWID;

-- A first factor that was shown, while the second one is waited for.
CREATE TABLE sign_in_challenges (
  id_hash TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  amr TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sign_in_challenges_by_account ON sign_in_challenges (account_id);
CREATE INDEX sign_in_challenges_by_expiry ON sign_in_challenges (expires_at);

-- Links to an account's owner. `confirm_email` goes to the new address and `undo_email` to the old one, which both carry
-- that address; `not_me` ends what a stranger began.
CREATE TABLE owner_links (
  token_hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('confirm_email', 'undo_email', 'not_me')),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  email_index TEXT,
  email_sealed TEXT,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX owner_links_by_account ON owner_links (account_id, purpose);
CREATE INDEX owner_links_by_expiry ON owner_links (expires_at);

-- One code by mail for each address, known or not; `tries_left` counts down before a try is looked at.
CREATE TABLE email_codes (
  email_index TEXT PRIMARY KEY,
  account_id TEXT REFERENCES accounts (id),
  code_hash TEXT NOT NULL,
  tries_left INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX email_codes_by_expiry ON email_codes (expires_at);

-- What an owner signed in from: the hash of a secret the device keeps, or of its user agent and network where it keeps none.
CREATE TABLE devices (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  device_hash TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, device_hash)
) WITHOUT ROWID;
CREATE INDEX devices_by_use ON devices (last_seen_at);

-- Whether a password is long enough to be the only factor; a shorter one was chosen beside a second factor.
ALTER TABLE passwords ADD COLUMN stands_alone INTEGER NOT NULL DEFAULT 1;
-- ISO 3166-1 alpha-2 as the edge tells it; empty where it does not.
ALTER TABLE sessions ADD COLUMN country TEXT NOT NULL DEFAULT '';
-- The account is gone; its row stays, without address, for what refers to it.
ALTER TABLE accounts ADD COLUMN deleted_at INTEGER;

UPDATE sessions SET acr = CASE acr WHEN 'aal2' THEN 'urn:tradepost:acr:2' ELSE 'urn:tradepost:acr:1' END;
