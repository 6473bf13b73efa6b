-- Organisations' own identity providers. Times are milliseconds since the epoch.

-- Domains that organisations say are theirs. `token` is what a TXT record has to hold; until `verified_until` the domain is
-- the organisation's (null: not proven, or not any more), and no other's. `checked_at`: the last look that the domain name
-- system answered; `warned_at`: the owners were told that the record is missing.
CREATE TABLE organisation_domains (
  organisation_id TEXT NOT NULL REFERENCES organisations (id),
  domain TEXT NOT NULL,
  token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  verified_at INTEGER,
  verified_until INTEGER,
  checked_at INTEGER,
  warned_at INTEGER,
  PRIMARY KEY (organisation_id, domain)
) WITHOUT ROWID;
CREATE UNIQUE INDEX organisation_domains_verified ON organisation_domains (domain) WHERE verified_until IS NOT NULL;
CREATE INDEX organisation_domains_by_check ON organisation_domains (checked_at) WHERE verified_until IS NOT NULL;

-- The organisation's connection that opened a session, or showed the first factor of a sign-in; null: none did.
ALTER TABLE sessions ADD COLUMN connection_id TEXT;
ALTER TABLE sign_in_challenges ADD COLUMN connection_id TEXT;
