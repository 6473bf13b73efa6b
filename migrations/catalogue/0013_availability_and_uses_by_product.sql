-- The availability of one product used to be found by grouping the variants of all products, at each write of a product or of
-- its stock. As a look-up for the product's own row it costs the product's own variants.
DROP VIEW product_availability;
CREATE VIEW product_availability AS
SELECT p.id AS product_id,
  (SELECT CASE
    WHEN max(v.availability = 'unlimited') THEN 'unlimited'
    WHEN max(v.availability = 'in_stock') THEN 'in_stock'
    WHEN max(v.availability = 'low_stock') THEN 'low_stock'
    WHEN max(v.availability = 'backorder') THEN 'backorder'
    ELSE 'out_of_stock'
  END FROM variant_availability v WHERE v.product_id = p.id) AS availability
FROM products p;

-- What names a product must be found by the product: the foreign key asks at each write of one.
CREATE INDEX media_uses_by_product ON media_uses (product_id);
