-- What products of one type say of themselves: JSON array of typed attributes. Archived, never deleted: products name them.
CREATE TABLE product_types (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  handle TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  attributes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

ALTER TABLE products ADD COLUMN product_type_id TEXT REFERENCES product_types (id);
-- JSON object: attribute's key → text, number or truth value.
ALTER TABLE products ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
-- JSON object: language tag → texts in that language.
ALTER TABLE products ADD COLUMN translations TEXT NOT NULL DEFAULT '{}';
ALTER TABLE products ADD COLUMN seo TEXT NOT NULL DEFAULT '{"title":"","description":""}';
-- JSON array of handles, in the order in which they are shown; those of no product are not.
ALTER TABLE products ADD COLUMN related TEXT NOT NULL DEFAULT '[]';
-- When a scheduled product is published; null in every other status.
ALTER TABLE products ADD COLUMN publish_at_ms INTEGER;

ALTER TABLE products ADD COLUMN state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'scheduled', 'published', 'archived'));
UPDATE products SET state = status;
ALTER TABLE products DROP COLUMN status;
ALTER TABLE products RENAME COLUMN state TO status;
CREATE INDEX products_scheduled ON products (publish_at_ms) WHERE status = 'scheduled';
