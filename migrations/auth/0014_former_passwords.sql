-- Passwords that were replaced or removed, as hashes, while a link of the owner's can still take back what was added before
-- that: who takes a factor away by it shows the password as it was before the factor.
CREATE TABLE former_passwords (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  phc TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  replaced_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, replaced_at)
) WITHOUT ROWID;
CREATE INDEX former_passwords_by_end ON former_passwords (replaced_at);
