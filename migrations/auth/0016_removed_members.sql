-- Whom an organisation removed, by address and by each identity at its providers: whoever comes back as another account is not
-- made a member by signing in there. Of an erased person the hashes alone stay.
CREATE TABLE removed_members (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisations (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  email_sealed TEXT,
  email_index TEXT NOT NULL,
  identity_sealed TEXT,
  identity_index TEXT,
  removed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX removed_members_by_email ON removed_members (organisation_id, email_index);
CREATE INDEX removed_members_by_identity ON removed_members (organisation_id, identity_index);
CREATE INDEX removed_members_by_account ON removed_members (account_id);
CREATE INDEX removed_members_by_end ON removed_members (removed_at);
