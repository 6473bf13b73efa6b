-- Prices promised for a change or renewal of an instance. Times are milliseconds since the epoch.
CREATE TABLE instance_quotes (
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  -- The price, and what the order is to do: JSON.
  document TEXT NOT NULL,
  -- The order it was accepted with; NULL: none yet.
  order_id TEXT,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX instance_quotes_expired ON instance_quotes (expires_at);
