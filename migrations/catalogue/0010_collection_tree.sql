-- Collections form a tree. Handles stay unique among all. Version 0: only ever named by a product, never by an operator.
ALTER TABLE collections ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collections ADD COLUMN parent_id TEXT REFERENCES collections (id);
-- Among the children of one parent; equal ones by handle.
ALTER TABLE collections ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collections ADD COLUMN description_html TEXT NOT NULL DEFAULT '';
-- JSON object: language tag → texts in that language.
ALTER TABLE collections ADD COLUMN translations TEXT NOT NULL DEFAULT '{}';
ALTER TABLE collections ADD COLUMN seo TEXT NOT NULL DEFAULT '{"title":"","description":""}';
-- JSON, see shared/domain/collection-rule.ts; null: its products are named by hand alone.
ALTER TABLE collections ADD COLUMN rule TEXT;
-- Which write changed it last.
ALTER TABLE collections ADD COLUMN write_token TEXT NOT NULL DEFAULT '';
CREATE INDEX collections_by_parent ON collections (parent_id, position, handle);
CREATE INDEX collections_with_rule ON collections (id) WHERE rule IS NOT NULL;

ALTER TABLE product_collections ADD COLUMN by_rule INTEGER NOT NULL DEFAULT 0;
-- Where the product stands in the collection, by hand; null: behind those.
ALTER TABLE product_collections ADD COLUMN position INTEGER;
CREATE INDEX product_collections_ordered ON product_collections (collection_id, coalesce(position, 1000000000), product_id);
