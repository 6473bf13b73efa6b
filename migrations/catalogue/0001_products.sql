-- The catalogue's truth. Times are milliseconds since the Unix epoch; amounts are minor units.
-- `version` counts changes of content (If-Match), `revision` every change a reader can see, availability included:
-- projections carry the revision they were made from. `write_token` marks the rows of one atomic batch, so that its later
-- statements touch only what its first one was allowed to write.
CREATE TABLE products (
  id TEXT PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  revision INTEGER NOT NULL CHECK (revision >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('licence', 'download', 'service', 'physical')),
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  description_html TEXT NOT NULL,
  vendor TEXT NOT NULL,
  tags TEXT NOT NULL,
  images TEXT NOT NULL,
  option_names TEXT NOT NULL,
  customisation_schema TEXT,
  fulfilment TEXT NOT NULL,
  quantity_max INTEGER NOT NULL CHECK (quantity_max >= 1),
  availability TEXT NOT NULL CHECK (availability IN ('in_stock', 'low_stock', 'out_of_stock', 'unlimited')),
  content_hash TEXT NOT NULL,
  write_token TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE variants (
  id TEXT PRIMARY KEY,
  product_id TEXT NOT NULL REFERENCES products (id),
  position INTEGER NOT NULL,
  sku TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  options TEXT NOT NULL,
  stock_tracked INTEGER NOT NULL CHECK (stock_tracked IN (0, 1)),
  -- The quantity last declared to the stock; null: none was.
  declared_on_hand INTEGER CHECK (declared_on_hand >= 0)
) STRICT;
CREATE INDEX variants_by_product ON variants (product_id, position);

CREATE TABLE prices (
  variant_id TEXT NOT NULL REFERENCES variants (id) ON DELETE CASCADE,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  compare_at_amount INTEGER CHECK (compare_at_amount >= 0),
  PRIMARY KEY (variant_id, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE collections (
  id TEXT PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL
) STRICT;

CREATE TABLE product_collections (
  product_id TEXT NOT NULL REFERENCES products (id),
  collection_id TEXT NOT NULL REFERENCES collections (id),
  PRIMARY KEY (product_id, collection_id)
) STRICT, WITHOUT ROWID;

-- What the stock last said of a SKU. By SKU, not by variant: the stock may speak before the product is there, and a
-- variant that is removed and comes back finds its level again.
CREATE TABLE stock_levels (
  sku TEXT PRIMARY KEY,
  available INTEGER NOT NULL CHECK (available >= 0),
  sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Effects still owed. A row is a wake-up call: the effect acts on what is true when it runs. Ids are never used twice,
-- so the id of a declaration orders all declarations of its SKU.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  type TEXT NOT NULL CHECK (type IN ('product.changed', 'stock.declared')),
  subject TEXT NOT NULL,
  on_hand INTEGER,
  request_id TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at_ms, id);

CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  body TEXT NOT NULL,
  received_at TEXT NOT NULL,
  replayed_at TEXT
) WITHOUT ROWID;

-- The one definition of availability: `low_stock` is five or fewer.
CREATE VIEW variant_stock AS
SELECT v.id AS variant_id, v.product_id, v.sku,
  CASE WHEN v.stock_tracked = 0 THEN NULL ELSE coalesce(s.available, 0) END AS available,
  CASE
    WHEN v.stock_tracked = 0 THEN 'unlimited'
    WHEN coalesce(s.available, 0) = 0 THEN 'out_of_stock'
    WHEN s.available <= 5 THEN 'low_stock'
    ELSE 'in_stock'
  END AS availability
FROM variants v LEFT JOIN stock_levels s ON s.sku = v.sku;

-- A product is as available as its most available variant.
CREATE VIEW product_stock AS
SELECT product_id,
  CASE
    WHEN max(availability = 'unlimited') THEN 'unlimited'
    WHEN max(availability = 'in_stock') THEN 'in_stock'
    WHEN max(availability = 'low_stock') THEN 'low_stock'
    ELSE 'out_of_stock'
  END AS availability
FROM variant_stock GROUP BY product_id;
