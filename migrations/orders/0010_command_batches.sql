-- Which orders one command for many was given to, under its Idempotency-Key: a repeat is for the same orders, although they
-- are not found by the same filter any more. The orders keep what came of it.
CREATE TABLE command_batches (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  -- JSON array, and the place in the list after the last of them as JSON; NULL: there are no more.
  order_ids TEXT NOT NULL,
  next TEXT,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX command_batches_expired ON command_batches (expires_at);
