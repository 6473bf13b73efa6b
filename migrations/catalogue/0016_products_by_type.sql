-- Which products are of a type: asked when a type is changed, and when another one says something else under the same key.
CREATE INDEX products_by_type ON products (product_type_id) WHERE product_type_id IS NOT NULL;
