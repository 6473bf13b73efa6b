-- Work on many products: a job goes on step by step, each step one atomic batch with the place it ends at. `step` is
-- made NULL, which fails the whole batch, when another one came first or the job was stopped meanwhile.
CREATE TABLE catalogue_jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('import', 'export', 'bulk_edit')),
  state TEXT NOT NULL CHECK (state IN ('running', 'awaiting_confirmation', 'stopped', 'failed', 'cancelled', 'completed')),
  phase TEXT NOT NULL,
  -- Of an import: whose products the file states.
  source TEXT,
  dry_run INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
  options TEXT NOT NULL,
  -- Where the phase stands: JSON of its own shape.
  place TEXT NOT NULL,
  step INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  request_id TEXT NOT NULL,
  -- In the bucket; null: it has none, or not any more.
  file_key TEXT,
  file_bytes INTEGER,
  file_sha256 TEXT,
  row_count INTEGER NOT NULL DEFAULT 0,
  item_count INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL DEFAULT 0,
  updated INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0,
  -- Why it stands where it stands; null: all is well.
  detail TEXT,
  failures INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER
) STRICT;
-- One import of a source at a time.
CREATE UNIQUE INDEX catalogue_jobs_one_import ON catalogue_jobs (source)
  WHERE kind = 'import' AND dry_run = 0 AND state IN ('running', 'awaiting_confirmation');
CREATE INDEX catalogue_jobs_by_kind ON catalogue_jobs (kind, id);
CREATE INDEX catalogue_jobs_running ON catalogue_jobs (updated_at_ms) WHERE state = 'running';
CREATE INDEX catalogue_jobs_ended ON catalogue_jobs (ended_at_ms) WHERE ended_at_ms IS NOT NULL;

-- What a job is about, an entry a product (or a run of rows that is none), and what became of it.
CREATE TABLE catalogue_job_items (
  job_id TEXT NOT NULL REFERENCES catalogue_jobs (id),
  -- First row in the file; the order in which they are taken.
  position INTEGER NOT NULL,
  -- One entry each: the handle, and for what only repeats one something no handle is.
  key TEXT,
  handle TEXT,
  product_id TEXT,
  -- JSON array of [row, start, end]: the stretches of the file it stands in, bytes.
  segments TEXT NOT NULL DEFAULT '[]',
  -- JSON array: what was wrong already when the file was read.
  faults TEXT NOT NULL DEFAULT '[]',
  result TEXT CHECK (result IN ('created', 'updated', 'unchanged', 'refused', 'skipped', 'archived')),
  -- Version that was there before, and the one it was given.
  version_before INTEGER,
  version INTEGER,
  -- JSON object of what there is to say.
  report TEXT,
  PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX catalogue_job_items_by_key ON catalogue_job_items (job_id, key);
CREATE INDEX catalogue_job_items_to_do ON catalogue_job_items (job_id, position) WHERE result IS NULL;

-- Which source of imports a product belongs to: the first that stated it. Only its synchronisation may archive it.
CREATE TABLE product_sources (
  product_id TEXT PRIMARY KEY REFERENCES products (id),
  source TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX product_sources_by_source ON product_sources (source, product_id);
