-- Passkeys and authenticator apps that were removed, for as long as a link of the owner's reaches back to them: whoever takes
-- away by it what came in their place shows one of them, and has them again.
CREATE TABLE former_passkeys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  credential_id TEXT NOT NULL,
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  backup_eligible INTEGER NOT NULL,
  backed_up INTEGER NOT NULL,
  aaguid TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  removed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX former_passkeys_by_account ON former_passkeys (account_id, removed_at);
CREATE INDEX former_passkeys_by_end ON former_passkeys (removed_at);

-- `recovery_codes`: the hashes of those that were left, as a JSON array.
CREATE TABLE former_totps (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  seed_sealed TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER NOT NULL,
  recovery_codes TEXT NOT NULL,
  removed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX former_totps_by_account ON former_totps (account_id, removed_at);
CREATE INDEX former_totps_by_end ON former_totps (removed_at);
