-- Connections lead to whoever speaks plain HTTP, or to a service broker (Open Service Broker API 2.17).
ALTER TABLE connections ADD COLUMN kind TEXT NOT NULL DEFAULT 'http' CHECK (kind IN ('http', 'broker'));

-- When a broker's catalogue was read, and when it is read next. `version` counts its changes.
CREATE TABLE broker_catalogues (
  connection TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  etag TEXT,
  synced_at INTEGER,
  error TEXT,
  due_at INTEGER
) WITHOUT ROWID;
CREATE INDEX broker_catalogues_due ON broker_catalogues (due_at) WHERE due_at IS NOT NULL;

-- Plans a broker offers, or once offered: what was sold of a plan outlives it. `offer` is JSON as `planOfferSchema` has it.
CREATE TABLE broker_plans (
  connection TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  offer TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('offered', 'withdrawn')),
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (connection, plan_id)
) WITHOUT ROWID;

-- What of a customer's is at a broker, under ids of our own: written before it is asked for.
CREATE TABLE broker_resources (
  operation_id TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  connection TEXT NOT NULL,
  service_instance_id TEXT NOT NULL,
  binding_id TEXT,
  plan_id TEXT NOT NULL,
  -- Calls that may have made it, though their answers do not say so.
  unsure INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1)),
  running TEXT,
  removal TEXT,
  sealed_dashboard TEXT,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX broker_resources_by_instance ON broker_resources (instance_id, operation_id);

-- What staff should know of partners and supplies: appended, read as a list.
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX notices_by_time ON notices (at, id);
