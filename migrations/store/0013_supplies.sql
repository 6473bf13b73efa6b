-- Keys of others that we sell: uploaded by staff, each handed out once. They belong to no customer until then, so they lie
-- in the first database; the instance that holds one knows it in its own.
CREATE TABLE licence_pools (
  handle TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  low_at INTEGER NOT NULL CHECK (low_at >= 0),
  after_undo TEXT NOT NULL CHECK (after_undo IN ('return', 'burn')),
  uploads INTEGER NOT NULL DEFAULT 0,
  written_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- `fingerprint` is over all pools: a key that lay in two would be sold twice.
CREATE TABLE pool_keys (
  fingerprint TEXT PRIMARY KEY,
  pool TEXT NOT NULL,
  sealed_key TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  holder TEXT,
  taken_at INTEGER,
  burnt_at INTEGER
) WITHOUT ROWID;
CREATE INDEX pool_keys_free ON pool_keys (pool, added_at, fingerprint) WHERE holder IS NULL AND burnt_at IS NULL;
CREATE INDEX pool_keys_by_holder ON pool_keys (holder) WHERE holder IS NOT NULL;

-- Who takes no more: a try that comes late finds itself here.
CREATE TABLE closed_holders (
  holder TEXT PRIMARY KEY,
  closed_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Of what is at a broker: the newest change that was heard.
ALTER TABLE broker_resources ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
