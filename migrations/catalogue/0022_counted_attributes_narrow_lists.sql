-- What search counts products by narrows lists too, as it does searches: products of such types get their labels anew.
UPDATE products SET revision = revision + 1 WHERE product_type_id IN
  (SELECT t.id FROM product_types AS t, json_each(t.attributes) AS a WHERE a.value->>'facet' = 1 AND a.value->>'filterable' = 0);
INSERT INTO outbox (type, subject, request_id, due_at_ms)
SELECT 'product.changed', id, 'migration', 0 FROM products WHERE product_type_id IN
  (SELECT t.id FROM product_types AS t, json_each(t.attributes) AS a WHERE a.value->>'facet' = 1 AND a.value->>'filterable' = 0);
