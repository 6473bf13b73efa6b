-- Organisations, for which people act. Times are milliseconds since the epoch; `*_sealed` is AES-256-GCM text
-- (shared/crypto/sealing.ts), `*_hash` SHA-256, `email_index` a keyed hash of the normalised address.

-- `acted_for_at`: the first token that acts for it. From then on something elsewhere may be its own, so it is closed, never deleted.
CREATE TABLE organisations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  acted_for_at INTEGER
) WITHOUT ROWID;

CREATE TABLE organisation_members (
  organisation_id TEXT NOT NULL REFERENCES organisations (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'buyer', 'member')),
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (organisation_id, account_id)
) WITHOUT ROWID;
CREATE INDEX organisation_members_by_account ON organisation_members (account_id, organisation_id);
CREATE INDEX organisation_owners ON organisation_members (organisation_id, account_id) WHERE role = 'owner';

-- An organisation in use always has an owner who can sign in, whoever changes its members, in whatever order, however many
-- at once: the statement that would take the last one undoes its transaction, like an expectation that is not met.
CREATE TRIGGER organisation_keeps_an_owner_who_leaves BEFORE DELETE ON organisation_members
WHEN OLD.role = 'owner' AND EXISTS (SELECT 1 FROM organisations WHERE id = OLD.organisation_id AND status = 'active')
  AND NOT EXISTS (
    SELECT 1 FROM organisation_members m JOIN accounts a ON a.id = m.account_id
    WHERE m.organisation_id = OLD.organisation_id AND m.role = 'owner' AND m.account_id <> OLD.account_id
      AND a.status = 'active')
BEGIN
  SELECT RAISE(ABORT, 'expectation unmet: the last owner');
END;
CREATE TRIGGER organisation_keeps_an_owner_who_changes BEFORE UPDATE OF role ON organisation_members
WHEN OLD.role = 'owner' AND NEW.role <> 'owner'
  AND EXISTS (SELECT 1 FROM organisations WHERE id = OLD.organisation_id AND status = 'active')
  AND NOT EXISTS (
    SELECT 1 FROM organisation_members m JOIN accounts a ON a.id = m.account_id
    WHERE m.organisation_id = OLD.organisation_id AND m.role = 'owner' AND m.account_id <> OLD.account_id
      AND a.status = 'active')
BEGIN
  SELECT RAISE(ABORT, 'expectation unmet: the last owner');
END;

-- Open invitations, one an address. A row goes as it is accepted or revoked; the audit log keeps what was.
CREATE TABLE organisation_invitations (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisations (id),
  email_index TEXT NOT NULL,
  email_sealed TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'buyer', 'member')),
  token_hash TEXT NOT NULL UNIQUE,
  invited_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (organisation_id, email_index)
) WITHOUT ROWID;
CREATE INDEX organisation_invitations_by_expiry ON organisation_invitations (expires_at);

-- Keys that belong to an organisation, whoever made them: `created_by` is for its members to know, and gives no right.
CREATE TABLE organisation_api_keys (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisations (id),
  created_by TEXT NOT NULL,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
) WITHOUT ROWID;
CREATE INDEX organisation_api_keys_by_organisation ON organisation_api_keys (organisation_id, id);
