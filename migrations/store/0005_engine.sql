-- Operations at any partner: which collections there are is the connector's business. SQLite cannot drop a CHECK, so the
-- table is made anew.
CREATE TABLE operations_new (
  id TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  step TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  resource TEXT NOT NULL,
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
INSERT INTO operations_new (id, instance_id, step, attempt, resource, idempotency_key, sealed_request, state,
    partner_operation_id, resource_id, sealed_result, error_code, error_text, error_permanent, wait_round, called_back_at,
    undone_at, check_at, checks, created_at, updated_at)
  SELECT id, instance_id, step, attempt, resource, idempotency_key, sealed_request, state,
    partner_operation_id, resource_id, sealed_result, error_code, error_text, error_permanent, wait_round, called_back_at,
    undone_at, check_at, checks, created_at, updated_at
  FROM operations;
DROP TABLE operations;
ALTER TABLE operations_new RENAME TO operations;
CREATE INDEX operations_by_instance ON operations (instance_id, step, attempt);
CREATE INDEX operations_to_check ON operations (check_at) WHERE check_at IS NOT NULL;

-- How a step ended when it was not by its connector; another connector than the template's; how long it waits for its turn.
ALTER TABLE instance_steps ADD COLUMN ended_as TEXT;
ALTER TABLE instance_steps ADD COLUMN override TEXT;
ALTER TABLE instance_steps ADD COLUMN parked_until INTEGER;
ALTER TABLE instance_steps ADD COLUMN parked_why TEXT;

-- What waits for a person: an approval, an answer, a decision about what failed.
CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  step TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('approval', 'question', 'failed_step', 'failed_undo')),
  asked_of TEXT NOT NULL CHECK (asked_of IN ('customer', 'operator')),
  connector TEXT NOT NULL,
  operation TEXT NOT NULL,
  code TEXT NOT NULL,
  text TEXT NOT NULL,
  fields TEXT,
  sealed_payload TEXT,
  state TEXT NOT NULL CHECK (state IN ('open', 'decided', 'expired', 'withdrawn')),
  decision TEXT,
  reason TEXT,
  sealed_answer TEXT,
  decision_key TEXT,
  decided_by TEXT,
  decided_at INTEGER,
  batch_id TEXT,
  wake_at INTEGER,
  due_at INTEGER,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tasks_by_state ON tasks (state, id);
CREATE INDEX tasks_by_instance ON tasks (instance_id, id);
CREATE INDEX tasks_to_wake ON tasks (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX tasks_by_batch ON tasks (batch_id) WHERE batch_id IS NOT NULL;

-- Where the generic HTTP connector may call, with the secret both sides sign with.
CREATE TABLE connections (
  handle TEXT PRIMARY KEY,
  base_url TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL,
  written_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- How long steps have taken, as counts in slices of time that grow by a fifth each: percentiles without the single times.
CREATE TABLE step_times (
  template_id TEXT NOT NULL,
  step TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (template_id, step, bucket)
) WITHOUT ROWID;
