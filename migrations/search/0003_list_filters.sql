-- Lists are narrowed by labels `<facet>:<value>`, folded: kind, vendor, tag, collection, `option.<name>`, `attr.<key>`.
INSERT OR IGNORE INTO document_labels (label, id) SELECT 'kind:' || kind, id FROM documents;
INSERT OR IGNORE INTO document_labels (label, id) SELECT 'vendor:' || vendor, id FROM documents WHERE vendor <> '';

-- Attributes that are numbers, and dates as milliseconds since the epoch.
CREATE TABLE document_numbers (
  key TEXT NOT NULL,
  value REAL NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_numbers_by_value ON document_numbers (key, value, id);
