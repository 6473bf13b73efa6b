-- Each version of a collection as it was stated, with who made it and why, beyond the collection's end: so that what was taken
-- away can be looked up and brought back. The newest 25 of each collection are kept.
CREATE TABLE collection_versions (
  collection_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  -- Null: nobody in person, or from before it was kept who did.
  actor_id TEXT,
  reason TEXT NOT NULL CHECK (reason IN ('kept', 'request', 'restore', 'deleted')),
  restored_from INTEGER,
  request_id TEXT NOT NULL,
  handle TEXT NOT NULL,
  statement TEXT NOT NULL,
  PRIMARY KEY (collection_id, version)
) STRICT;
CREATE INDEX collection_versions_by_handle ON collection_versions (handle, at_ms);

-- Products that named a collection when it was taken away, and the place each had: it is made again with them.
CREATE TABLE former_members (
  collection_id TEXT NOT NULL,
  product_id TEXT NOT NULL REFERENCES products (id),
  position INTEGER,
  PRIMARY KEY (collection_id, product_id)
) STRICT, WITHOUT ROWID;

-- What is there already gets the version it has.
INSERT INTO collection_versions (collection_id, version, at_ms, actor_id, reason, request_id, handle, statement)
SELECT id, version, unixepoch() * 1000, NULL, 'kept', 'migration', handle, json_object('handle', handle, 'title', title, 'parentId', parent_id,
  'position', position, 'descriptionHtml', description_html, 'translations', json(translations), 'seo', json(seo), 'rule', json(rule))
FROM collections WHERE version > 0;
