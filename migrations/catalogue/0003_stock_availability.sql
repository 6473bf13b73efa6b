-- The stock itself says how available a SKU is; null: said by a version that did not yet, or not said at all.
ALTER TABLE stock_levels ADD COLUMN availability TEXT CHECK (availability IN ('in_stock', 'low_stock', 'backorder', 'out_of_stock'));
-- When units on backorder should arrive.
ALTER TABLE stock_levels ADD COLUMN expected_at_ms INTEGER;
-- Over how many objects the units are spread; orders choose theirs by it.
ALTER TABLE stock_levels ADD COLUMN shards INTEGER NOT NULL DEFAULT 1 CHECK (shards >= 1);
CREATE INDEX stock_levels_scarce ON stock_levels (sku) WHERE availability IN ('low_stock', 'backorder', 'out_of_stock');

DROP VIEW product_stock;
DROP VIEW variant_stock;
ALTER TABLE products DROP COLUMN availability;
ALTER TABLE products ADD COLUMN availability TEXT NOT NULL DEFAULT 'out_of_stock'
  CHECK (availability IN ('in_stock', 'low_stock', 'backorder', 'out_of_stock', 'unlimited'));

CREATE VIEW variant_availability AS
SELECT v.id AS variant_id, v.product_id, v.sku,
  CASE WHEN v.stock_tracked = 0 THEN NULL ELSE coalesce(s.available, 0) END AS available,
  CASE
    WHEN v.stock_tracked = 0 THEN 'unlimited'
    WHEN s.availability IS NOT NULL THEN s.availability
    WHEN coalesce(s.available, 0) = 0 THEN 'out_of_stock'
    WHEN s.available <= 5 THEN 'low_stock'
    ELSE 'in_stock'
  END AS availability,
  CASE WHEN v.stock_tracked = 1 AND s.availability = 'backorder' THEN s.expected_at_ms END AS expected_at_ms
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

UPDATE products SET availability = coalesce((SELECT availability FROM product_availability WHERE product_id = products.id), availability);
