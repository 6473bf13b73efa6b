-- What persons asked about their data, as their objects last told it: for staff to see. No name, no address.
CREATE TABLE data_requests (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('export', 'erasure')),
  state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  error TEXT,
  ended_at INTEGER
);
CREATE INDEX data_requests_by_state ON data_requests (state, id);
CREATE INDEX data_requests_by_end ON data_requests (ended_at) WHERE ended_at IS NOT NULL;

-- Whose account was closed for ever, from when on and until when their data went. The bucket of backups has the same list, which
-- outlives a restore of this database.
CREATE TABLE erasures (
  account_id TEXT PRIMARY KEY,
  begun_at INTEGER NOT NULL,
  done_at INTEGER
);
