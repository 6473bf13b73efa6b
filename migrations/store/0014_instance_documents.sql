-- What its owner and staff write on an instance; the same tags stand in `instance_index`.
CREATE TABLE instance_labels (
  instance_id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  tags TEXT NOT NULL,
  metadata TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Who saw the credentials of an instance, append-only. `credentials` names which they were: new ones can be seen once anew.
CREATE TABLE credential_reveals (
  id TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  credentials TEXT NOT NULL,
  by_id TEXT NOT NULL,
  was_fresh INTEGER NOT NULL CHECK (was_fresh IN (0, 1)),
  request_id TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX credential_reveals_of_instance ON credential_reveals (instance_id, credentials);

-- The end of what is owned is the end of its term.
UPDATE entitlements SET expires_at = (SELECT ends_at FROM instances WHERE id = instance_id)
  WHERE EXISTS (SELECT 1 FROM instances WHERE id = instance_id AND ends_at IS NOT NULL);
