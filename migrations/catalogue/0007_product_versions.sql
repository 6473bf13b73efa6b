-- Each version of a product as it was stated, with who made it and why. The newest 25 of each product are kept.
CREATE TABLE product_versions (
  product_id TEXT NOT NULL REFERENCES products (id),
  version INTEGER NOT NULL CHECK (version >= 1),
  at_ms INTEGER NOT NULL,
  -- Null: nobody in person, as for what was scheduled.
  actor_id TEXT,
  reason TEXT NOT NULL CHECK (reason IN ('kept', 'request', 'restore', 'schedule', 'import', 'bulk_edit')),
  job_id TEXT,
  restored_from INTEGER,
  request_id TEXT NOT NULL,
  statement TEXT NOT NULL,
  PRIMARY KEY (product_id, version)
) STRICT;

-- What is there already gets the version it has.
INSERT INTO product_versions (product_id, version, at_ms, actor_id, reason, request_id, statement)
SELECT p.id, p.version, p.updated_at_ms, NULL, 'kept', 'migration', json_object(
  'handle', p.handle, 'status', p.status, 'kind', p.kind, 'title', p.title, 'summary', p.summary,
  'publishAt', CASE WHEN p.publish_at_ms IS NULL THEN NULL ELSE strftime('%Y-%m-%dT%H:%M:%fZ', p.publish_at_ms / 1000.0, 'unixepoch') END,
  'descriptionHtml', p.description_html, 'vendor', p.vendor, 'tags', json(p.tags), 'images', json(p.images),
  'optionNames', json(p.option_names), 'quantityMax', p.quantity_max, 'taxClass', p.tax_class, 'delivery', p.delivery,
  'productType', (SELECT handle FROM product_types t WHERE t.id = p.product_type_id), 'attributes', json(p.attributes),
  'translations', json(p.translations), 'seo', json(p.seo), 'related', json(p.related),
  'customisationSchema', p.customisation_schema, 'fulfilment', json(p.fulfilment),
  'collections', (SELECT json_group_array(json_object('handle', c.handle, 'title', c.title) ORDER BY c.handle)
    FROM product_collections pc JOIN collections c ON c.id = pc.collection_id WHERE pc.product_id = p.id),
  'variants', (SELECT json_group_array(json_object('sku', v.sku, 'title', v.title, 'options', json(v.options), 'stockTracked', v.stock_tracked,
      'prices', (SELECT json_group_array(json_object('amount', amount, 'currency', currency) ORDER BY currency) FROM prices WHERE variant_id = v.id),
      'compareAtPrices', (SELECT json_group_array(json_object('amount', compare_at_amount, 'currency', currency) ORDER BY currency)
        FROM prices WHERE variant_id = v.id AND compare_at_amount IS NOT NULL)) ORDER BY v.position)
    FROM variants v WHERE v.product_id = p.id))
FROM products p;
