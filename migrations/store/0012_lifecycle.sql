-- What becomes of an instance after it was made: its term, and operations that change, renew, hand on or end it. Times are
-- milliseconds since the epoch.

-- The end of its term; null: it has none. `expire_at`: when the sweeper looks after that end; null: nothing is to be done.
ALTER TABLE instances ADD COLUMN ends_at INTEGER;
ALTER TABLE instances ADD COLUMN expire_at INTEGER;
UPDATE instances SET ends_at = activated_at + json_extract(fulfilment, '$.validDays') * 86400000
  WHERE activated_at IS NOT NULL AND json_extract(fulfilment, '$.validDays') IS NOT NULL;
UPDATE instances SET expire_at = ends_at WHERE state IN ('active', 'suspended');
CREATE INDEX instances_to_expire ON instances (expire_at) WHERE expire_at IS NOT NULL;

-- One row an operation. The unique indexes are the one place that lets one at a time change an instance, and one of a kind
-- wait for its time. `handle`: the instance id an order minted for a line that changes this instance.
CREATE TABLE lifecycle_operations (
  id TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN
    ('suspend', 'resume', 'configure', 'rotate', 'renew', 'change_plan', 'transfer', 'terminate')),
  state TEXT NOT NULL CHECK (state IN
    ('scheduled', 'offered', 'grace', 'running', 'made', 'done', 'failed', 'called_off', 'undone')),
  direction TEXT NOT NULL DEFAULT 'forth' CHECK (direction IN ('forth', 'back')),
  round INTEGER NOT NULL DEFAULT 1,
  sequence INTEGER NOT NULL,
  request TEXT NOT NULL,
  former TEXT,
  target TEXT,
  sealed_code TEXT,
  code_hash TEXT,
  asked_as TEXT NOT NULL CHECK (asked_as IN ('customer', 'operator', 'order', 'clock')),
  asked_by TEXT,
  reason TEXT,
  handle TEXT UNIQUE,
  order_id TEXT,
  line_id TEXT,
  error_code TEXT,
  error_text TEXT,
  due_at INTEGER,
  nudge_at INTEGER,
  -- Names the last change of state, so that what belongs to a change is written only by who made it.
  transition TEXT NOT NULL,
  request_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER
) WITHOUT ROWID;
CREATE INDEX lifecycle_operations_by_instance ON lifecycle_operations (instance_id, created_at);
CREATE INDEX lifecycle_operations_by_customer ON lifecycle_operations (customer_id, id);
CREATE INDEX lifecycle_operations_due ON lifecycle_operations (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lifecycle_operations_to_nudge ON lifecycle_operations (nudge_at) WHERE nudge_at IS NOT NULL;
CREATE UNIQUE INDEX lifecycle_operations_one_at_a_time ON lifecycle_operations (instance_id)
  WHERE state IN ('running', 'made');
CREATE UNIQUE INDEX lifecycle_operations_one_waiting ON lifecycle_operations (instance_id, kind)
  WHERE state IN ('scheduled', 'offered', 'grace');

-- What an operation has done to a step of the plan, and what the step leaves from then on, sealed as its output.
CREATE TABLE lifecycle_steps (
  operation_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  step TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'skipped')),
  sealed_output TEXT,
  begun_at INTEGER NOT NULL,
  done_at INTEGER,
  PRIMARY KEY (operation_id, direction, step)
) WITHOUT ROWID;
CREATE INDEX lifecycle_steps_by_instance ON lifecycle_steps (instance_id, operation_id);

-- A decision about a step that failed during an operation leads to its Workflow.
ALTER TABLE tasks ADD COLUMN lifecycle_id TEXT;
-- Taken back because it ended, not because its order wanted it.
ALTER TABLE undo_requests ADD COLUMN lifecycle_id TEXT;

-- Further causes: its owner's wish, the end of its term, its termination, and orders that changed it later.
CREATE TABLE suspensions_new (
  instance_id TEXT NOT NULL,
  cause TEXT NOT NULL,
  wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
  sequence INTEGER NOT NULL,
  reason TEXT NOT NULL,
  note TEXT,
  by_id TEXT,
  since INTEGER NOT NULL,
  PRIMARY KEY (instance_id, cause)
) WITHOUT ROWID;
INSERT INTO suspensions_new (instance_id, cause, wanted, sequence, reason, note, by_id, since)
  SELECT instance_id, cause, wanted, sequence, reason, note, by_id, since FROM suspensions;
DROP TABLE suspensions;
ALTER TABLE suspensions_new RENAME TO suspensions;
CREATE INDEX suspensions_by_shard ON suspensions (substr(instance_id, -2), instance_id, cause);
