-- Several databases hold what customers own. A shard is the last two hex digits of a customer's id, as a number.

-- In the first database alone: where each shard lies. No row: in the first database.
CREATE TABLE shard_places (
  shard INTEGER PRIMARY KEY CHECK (shard BETWEEN 0 AND 255),
  database TEXT NOT NULL,
  version INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
-- In the first database alone: further databases that shards may be moved to.
CREATE TABLE store_databases (
  binding TEXT PRIMARY KEY,
  added_by TEXT NOT NULL,
  added_at INTEGER NOT NULL
) WITHOUT ROWID;

-- In each database: what may be done with a shard here. No row: everything in the first database, nothing in another.
-- 'open': all. 'closed': reads alone. 'arriving', 'gone': nothing.
CREATE TABLE shard_states (
  shard INTEGER PRIMARY KEY CHECK (shard BETWEEN 0 AND 255),
  state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'arriving', 'gone')),
  updated_at INTEGER NOT NULL
);
-- In each database: rows that changed while a shard is being moved away.
CREATE TABLE shard_changes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  table_name TEXT NOT NULL,
  row_key TEXT NOT NULL
);

CREATE INDEX instances_by_shard ON instances (substr(customer_id, -2), id);
CREATE INDEX tasks_by_shard ON tasks (substr(customer_id, -2), id);
CREATE INDEX undo_requests_by_shard ON undo_requests (substr(instance_id, -2), instance_id);
CREATE INDEX suspensions_by_shard ON suspensions (substr(instance_id, -2), instance_id, cause);
CREATE INDEX accesses_by_shard ON accesses (substr(instance_id, -2), instance_id);
CREATE INDEX reports_by_shard ON reports (substr(instance_id, -2), instance_id, type);
CREATE INDEX download_links_by_instance ON download_links (instance_id, id);
