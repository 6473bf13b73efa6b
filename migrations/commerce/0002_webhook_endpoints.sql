-- A directory of the endpoints of merchants: lists and the fan-out of events read it. The truth of one endpoint, its keys
-- and its deliveries are in its object; a row carries the version it shows. Times are milliseconds since the Unix epoch.
CREATE TABLE webhook_endpoints (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  event_types TEXT NOT NULL,
  description TEXT NOT NULL,
  disabled_reason TEXT,
  version INTEGER NOT NULL CHECK (version >= 1),
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which endpoint a request to create one means: kept 24 hours.
CREATE TABLE webhook_endpoint_requests (
  key_hash TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_endpoint_requests_by_age ON webhook_endpoint_requests (created_at_ms);
