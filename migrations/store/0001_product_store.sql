-- Product Store: what customers own, denormalised for reading, with everything needed to make and undo it.
-- Times are milliseconds since the epoch. Columns named `sealed_…` hold AES-256-GCM envelopes, never plain text.

CREATE TABLE instances (
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
  state TEXT NOT NULL CHECK (state IN ('provisioning', 'ready', 'active', 'failed', 'undoing', 'undone')),
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
CREATE INDEX instances_by_customer ON instances (customer_id, id);
CREATE INDEX instances_by_order ON instances (order_id, id);
CREATE INDEX instances_by_state ON instances (state, id);
CREATE INDEX instances_to_nudge ON instances (nudge_at) WHERE nudge_at IS NOT NULL;

CREATE TABLE instance_history (
  instance_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (instance_id, sequence)
) WITHOUT ROWID;

CREATE TABLE instance_steps (
  instance_id TEXT NOT NULL,
  step TEXT NOT NULL,
  position INTEGER NOT NULL,
  action TEXT NOT NULL,
  sealed_output TEXT,
  begun_at INTEGER NOT NULL,
  done_at INTEGER,
  undone_at INTEGER,
  PRIMARY KEY (instance_id, step)
);

CREATE TABLE operations (
  id TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  step TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  resource TEXT NOT NULL CHECK (resource IN ('services', 'shipments')),
  idempotency_key TEXT NOT NULL UNIQUE,
  sealed_request TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('requested', 'in_progress', 'succeeded', 'failed', 'refused')),
  partner_operation_id TEXT,
  resource_id TEXT,
  sealed_result TEXT,
  error_code TEXT,
  error_text TEXT,
  error_permanent INTEGER,
  wait_round INTEGER NOT NULL DEFAULT 0,
  called_back_at INTEGER,
  undone_at INTEGER,
  check_at INTEGER,
  checks INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX operations_by_instance ON operations (instance_id, step, attempt);
CREATE INDEX operations_to_check ON operations (check_at) WHERE check_at IS NOT NULL;

CREATE TABLE licence_keys (
  fingerprint TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  activations_max INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  revoked_at INTEGER
) WITHOUT ROWID;
CREATE INDEX licence_keys_by_instance ON licence_keys (instance_id, position);

CREATE TABLE downloads (
  instance_id TEXT PRIMARY KEY,
  object_key TEXT NOT NULL,
  file_name TEXT NOT NULL,
  downloads_max INTEGER NOT NULL,
  downloads_used INTEGER NOT NULL DEFAULT 0 CHECK (downloads_used BETWEEN 0 AND downloads_max),
  closed_at INTEGER
) WITHOUT ROWID;

CREATE TABLE download_links (
  id TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (instance_id, idempotency_key)
) WITHOUT ROWID;

CREATE TABLE undo_requests (
  instance_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'stuck')),
  round INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  finished_at INTEGER,
  nudge_at INTEGER
) WITHOUT ROWID;
CREATE INDEX undo_requests_to_nudge ON undo_requests (nudge_at) WHERE nudge_at IS NOT NULL;

CREATE TABLE reports (
  instance_id TEXT NOT NULL,
  type TEXT NOT NULL,
  round INTEGER NOT NULL DEFAULT 1,
  order_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  code TEXT,
  detail TEXT NOT NULL,
  request_id TEXT NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  PRIMARY KEY (instance_id, type)
) WITHOUT ROWID;
CREATE INDEX reports_due ON reports (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  body TEXT NOT NULL,
  received_at TEXT NOT NULL,
  replayed_at TEXT
) WITHOUT ROWID;
CREATE INDEX dead_letters_by_time ON dead_letters (received_at, id);
