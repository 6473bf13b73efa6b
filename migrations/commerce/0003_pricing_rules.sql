-- Rules every order and cart is priced by. Nothing an order may name is deleted: it is archived. JSON columns are checked
-- by the schemas in shared/domain/pricing when they are written and when they are read.
CREATE TABLE promotions (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  title TEXT NOT NULL,
  -- Counts by itself; otherwise one of its codes must be named.
  automatic INTEGER NOT NULL CHECK (automatic IN (0, 1)),
  stacking TEXT NOT NULL CHECK (stacking IN ('combinable', 'exclusive')),
  priority INTEGER NOT NULL,
  conditions TEXT NOT NULL,
  effect TEXT NOT NULL,
  limit_total INTEGER CHECK (limit_total >= 1),
  limit_per_customer INTEGER CHECK (limit_per_customer >= 1),
  starts_at_ms INTEGER,
  ends_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
-- Only few can count by themselves at once, and only these are read with each price.
CREATE INDEX promotions_automatic ON promotions (priority DESC, id) WHERE automatic = 1 AND status = 'active';
CREATE INDEX promotions_by_status ON promotions (status, id);

CREATE TABLE promotion_codes (
  code TEXT PRIMARY KEY,
  promotion_id TEXT NOT NULL REFERENCES promotions (id),
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX promotion_codes_by_promotion ON promotion_codes (promotion_id, code);

CREATE TABLE tax_rates (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  -- Empty: the whole country.
  region TEXT NOT NULL,
  tax_class TEXT NOT NULL,
  rate_ppm INTEGER NOT NULL CHECK (rate_ppm BETWEEN 0 AND 1000000),
  compound INTEGER NOT NULL CHECK (compound IN (0, 1)),
  position INTEGER NOT NULL,
  starts_at_ms INTEGER,
  ends_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX tax_rates_by_place ON tax_rates (country, region, status);

-- Whether prices in a currency contain their tax; a currency that is not here: they do.
CREATE TABLE tax_modes (
  currency TEXT PRIMARY KEY,
  mode TEXT NOT NULL CHECK (mode IN ('inclusive', 'exclusive')),
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shipping_methods (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  title TEXT NOT NULL,
  position INTEGER NOT NULL,
  tax_class TEXT NOT NULL,
  -- JSON array of {country, region}; region null: the whole country.
  destinations TEXT NOT NULL,
  rates TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX shipping_methods_by_status ON shipping_methods (status, id);

-- The destinations of each method, to find methods by place. Written with their method.
CREATE TABLE shipping_destinations (
  country TEXT NOT NULL,
  -- Empty: the whole country.
  region TEXT NOT NULL,
  method_id TEXT NOT NULL REFERENCES shipping_methods (id),
  PRIMARY KEY (country, region, method_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shipping_destinations_by_method ON shipping_destinations (method_id);
