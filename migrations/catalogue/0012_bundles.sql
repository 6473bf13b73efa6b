-- A bundle is sold as one and made of other products' variants.
ALTER TABLE products ADD COLUMN sold_as TEXT NOT NULL DEFAULT 'licence'
  CHECK (sold_as IN ('licence', 'download', 'service', 'physical', 'bundle', 'gift_card'));
UPDATE products SET sold_as = kind;
ALTER TABLE products DROP COLUMN kind;
ALTER TABLE products RENAME COLUMN sold_as TO kind;

-- What a bundle is made of, by SKU. A variant that is part of a bundle cannot be removed.
CREATE TABLE bundle_components (
  variant_id TEXT NOT NULL REFERENCES variants (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  product_id TEXT NOT NULL REFERENCES products (id),
  sku TEXT NOT NULL REFERENCES variants (sku),
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  PRIMARY KEY (variant_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX bundle_components_by_sku ON bundle_components (sku, product_id);

-- How available a SKU by itself is, and for how many units of it at once.
CREATE VIEW component_availability AS
SELECT b.variant_id,
  CASE
    WHEN p.status <> 'published' THEN 0
    WHEN v.stock_tracked = 0 THEN NULL
    ELSE coalesce(s.available, 0) / b.quantity
  END AS available,
  CASE
    WHEN p.status <> 'published' THEN 0
    WHEN v.stock_tracked = 0 THEN 4
    WHEN s.availability = 'backorder' THEN 1
    WHEN coalesce(s.available, 0) < b.quantity OR s.availability = 'out_of_stock' THEN 0
    WHEN s.availability = 'low_stock' OR (s.availability IS NULL AND s.available <= 5) THEN 2
    ELSE 3
  END AS rank,
  CASE WHEN v.stock_tracked = 1 AND s.availability = 'backorder' THEN s.expected_at_ms END AS expected_at_ms
FROM bundle_components b JOIN variants v ON v.sku = b.sku JOIN products p ON p.id = v.product_id
LEFT JOIN stock_levels s ON s.sku = b.sku;

DROP VIEW product_availability;
DROP VIEW variant_availability;
-- A bundle is as available as its least available component; what is on backorder is there when the last of it is.
CREATE VIEW variant_availability AS
SELECT v.id AS variant_id, v.product_id, v.sku,
  CASE WHEN v.stock_tracked = 0 THEN (SELECT min(c.available) FROM component_availability c WHERE c.variant_id = v.id)
    ELSE coalesce(s.available, 0) END AS available,
  CASE
    WHEN v.stock_tracked = 0 THEN CASE (SELECT min(c.rank) FROM component_availability c WHERE c.variant_id = v.id)
      WHEN 0 THEN 'out_of_stock' WHEN 1 THEN 'backorder' WHEN 2 THEN 'low_stock' WHEN 3 THEN 'in_stock' ELSE 'unlimited' END
    WHEN s.availability IS NOT NULL THEN s.availability
    WHEN coalesce(s.available, 0) = 0 THEN 'out_of_stock'
    WHEN s.available <= 5 THEN 'low_stock'
    ELSE 'in_stock'
  END AS availability,
  CASE
    WHEN v.stock_tracked = 1 AND s.availability = 'backorder' THEN s.expected_at_ms
    WHEN v.stock_tracked = 0 THEN (SELECT max(c.expected_at_ms) FROM component_availability c WHERE c.variant_id = v.id)
  END AS expected_at_ms
FROM variants v LEFT JOIN stock_levels s ON s.sku = v.sku;

-- A product is as available as its most available variant.
CREATE VIEW product_availability AS
SELECT product_id,
  CASE
    WHEN max(availability = 'unlimited') THEN 'unlimited'
    WHEN max(availability = 'in_stock') THEN 'in_stock'
    WHEN max(availability = 'low_stock') THEN 'low_stock'
    WHEN max(availability = 'backorder') THEN 'backorder'
    ELSE 'out_of_stock'
  END AS availability
FROM variant_availability GROUP BY product_id;
