-- Instances that are out of their owner's reach for a while. SQLite cannot widen a CHECK, so the table is made anew.
CREATE TABLE instances_new (
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  line_id TEXT NOT NULL UNIQUE,
  workflow_id TEXT NOT NULL UNIQUE,
  product_id TEXT NOT NULL,
  product_version INTEGER NOT NULL,
  variant_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  variant_title TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('licence', 'download', 'service', 'physical')),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  customisation TEXT NOT NULL,
  fulfilment TEXT NOT NULL,
  sealed_address TEXT,
  plan TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('provisioning', 'ready', 'active', 'suspended', 'failed', 'undoing', 'undone')),
  detail TEXT NOT NULL,
  failure_code TEXT,
  failure_text TEXT,
  sealed_delivery TEXT,
  transition TEXT NOT NULL,
  request_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  activated_at INTEGER,
  nudge_at INTEGER
);
INSERT INTO instances_new (id, customer_id, order_id, order_number, line_id, workflow_id, product_id, product_version,
    variant_id, sku, title, variant_title, kind, quantity, customisation, fulfilment, sealed_address, plan, state, detail,
    failure_code, failure_text, sealed_delivery, transition, request_id, created_at, updated_at, activated_at, nudge_at)
  SELECT id, customer_id, order_id, order_number, line_id, workflow_id, product_id, product_version,
    variant_id, sku, title, variant_title, kind, quantity, customisation, fulfilment, sealed_address, plan, state, detail,
    failure_code, failure_text, sealed_delivery, transition, request_id, created_at, updated_at, activated_at, nudge_at
  FROM instances;
DROP TABLE instances;
ALTER TABLE instances_new RENAME TO instances;
CREATE INDEX instances_by_customer ON instances (customer_id, id);
CREATE INDEX instances_by_order ON instances (order_id, id);
CREATE INDEX instances_by_state ON instances (state, id);
CREATE INDEX instances_to_nudge ON instances (nudge_at) WHERE nudge_at IS NOT NULL;

-- Why an instance is to be suspended, one row a cause, also before it exists. The greatest sequence is the newest wish.
CREATE TABLE suspensions (
  instance_id TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('order', 'operator')),
  wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
  sequence INTEGER NOT NULL,
  reason TEXT NOT NULL,
  note TEXT,
  by_id TEXT,
  since INTEGER NOT NULL,
  PRIMARY KEY (instance_id, cause)
) WITHOUT ROWID;

-- What is done about them: each change of what all causes together want is a round, carried out until it is done.
CREATE TABLE accesses (
  instance_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'pending', 'done', 'stuck')),
  attempts INTEGER NOT NULL DEFAULT 0,
  told INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  request_id TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX accesses_due ON accesses (due_at) WHERE due_at IS NOT NULL;

ALTER TABLE licence_keys ADD COLUMN suspended_at INTEGER;

-- Of reports about a suspension: the newest wish of the order that was heard, and the number of the news.
ALTER TABLE reports ADD COLUMN sequence INTEGER;
ALTER TABLE reports ADD COLUMN revision INTEGER;
