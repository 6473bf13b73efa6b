-- Which rates of tax a product bears: `standard`, `reduced` and the like; what they are is not the catalogue's to know.
ALTER TABLE products ADD COLUMN tax_class TEXT NOT NULL DEFAULT 'standard';

-- Prices beside the product's own, for groups of customers, quantities or a time. Archived, never deleted: orders name them.
CREATE TABLE price_lists (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  title TEXT NOT NULL,
  currency TEXT NOT NULL,
  -- JSON array of handles of customer groups; empty: for everybody.
  groups TEXT NOT NULL,
  starts_at_ms INTEGER,
  ends_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX price_lists_active ON price_lists (status, id);

-- The list's currency is repeated in each entry, so that pricing a variant reads one stretch of one index.
CREATE TABLE price_list_entries (
  variant_id TEXT NOT NULL REFERENCES variants (id) ON DELETE CASCADE,
  currency TEXT NOT NULL,
  price_list_id TEXT NOT NULL REFERENCES price_lists (id),
  quantity_min INTEGER NOT NULL CHECK (quantity_min >= 1),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  compare_at_amount INTEGER CHECK (compare_at_amount >= 0),
  PRIMARY KEY (variant_id, currency, price_list_id, quantity_min)
) STRICT, WITHOUT ROWID;
CREATE INDEX price_list_entries_by_list ON price_list_entries (price_list_id, variant_id, quantity_min);
