-- Pictures in the bucket `MEDIA`, by the SHA-256 of their bytes. `gone`: nothing shows it, its object is being deleted.
CREATE TABLE media (
  hash TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('kept', 'gone')),
  content_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  -- When it was last uploaded or named by a product.
  touched_at_ms INTEGER NOT NULL,
  -- When it was last looked at whether anything shows it.
  checked_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX media_by_check ON media (checked_at_ms);

-- Products that name a picture or once did; whether one still does is asked of the product and its kept versions.
CREATE TABLE media_uses (
  hash TEXT NOT NULL REFERENCES media (hash) ON DELETE CASCADE,
  product_id TEXT NOT NULL REFERENCES products (id),
  PRIMARY KEY (hash, product_id)
) STRICT, WITHOUT ROWID;
