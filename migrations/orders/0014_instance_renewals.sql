-- Instances whose owner agreed that they renew by themselves. Times are milliseconds since the epoch.
CREATE TABLE instance_renewals (
  instance_id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  -- What is charged, and what he agreed to: a kept payment method, where he is for taxes (JSON), when.
  method_id TEXT NOT NULL,
  destination TEXT,
  locale TEXT NOT NULL,
  agreed_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('on', 'paying', 'failed')),
  -- End of the term he was reminded of.
  reminded_of INTEGER,
  -- Orders of this term that were not paid, and the one under way: its quote first.
  attempts INTEGER NOT NULL,
  quote_id TEXT,
  order_id TEXT,
  -- When the sweeper looks again; NULL: nothing is to be done.
  look_at INTEGER
) WITHOUT ROWID;
CREATE INDEX instance_renewals_due ON instance_renewals (look_at) WHERE look_at IS NOT NULL;
