-- Which provisioning templates a product may name, as the provisioner tells: a copy of what is in STORE_DB, never older
-- than the copy before (a version only goes up, archived is the end). `parameters`: JSON Schema, or null. Until the
-- provisioner has told, there are no rows, and nothing is held against them.
CREATE TABLE provisioning_templates (
  id TEXT PRIMARY KEY,
  handle TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL CHECK (version > 0),
  parameters TEXT CHECK (parameters IS NULL OR json_valid(parameters))
) STRICT, WITHOUT ROWID;
