-- A suspension or resumption that a partner does not carry out waits for a person as well. SQLite cannot change a CHECK, so the
-- table is made anew.
CREATE TABLE tasks_new (
  id TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  step TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('approval', 'question', 'failed_step', 'failed_undo', 'failed_access')),
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
  created_at INTEGER NOT NULL,
  lifecycle_id TEXT
) WITHOUT ROWID;
INSERT INTO tasks_new (id, instance_id, customer_id, order_id, step, kind, asked_of, connector, operation, code, text, fields,
    sealed_payload, state, decision, reason, sealed_answer, decision_key, decided_by, decided_at, batch_id, wake_at, due_at,
    created_at, lifecycle_id)
  SELECT id, instance_id, customer_id, order_id, step, kind, asked_of, connector, operation, code, text, fields,
    sealed_payload, state, decision, reason, sealed_answer, decision_key, decided_by, decided_at, batch_id, wake_at, due_at,
    created_at, lifecycle_id
  FROM tasks;
DROP TABLE tasks;
ALTER TABLE tasks_new RENAME TO tasks;
CREATE INDEX tasks_by_state ON tasks (state, id);
CREATE INDEX tasks_by_instance ON tasks (instance_id, id);
CREATE INDEX tasks_to_wake ON tasks (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX tasks_by_batch ON tasks (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX tasks_by_shard ON tasks (substr(customer_id, -2), id);
