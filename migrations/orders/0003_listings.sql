-- Rows of before show the defaults until their order changes or the projection is rebuilt.
ALTER TABLE orders ADD COLUMN payment_status TEXT NOT NULL DEFAULT 'pending';
ALTER TABLE orders ADD COLUMN fulfilment TEXT NOT NULL DEFAULT 'none';
-- Why a person must look; NULL: nobody need.
ALTER TABLE orders ADD COLUMN attention_code TEXT;
ALTER TABLE orders ADD COLUMN attention_text TEXT;
ALTER TABLE orders ADD COLUMN attention_detail TEXT;

-- Each list is newest first by (created_at, id), from the index of its leading filter.
DROP INDEX orders_by_customer;
DROP INDEX orders_by_customer_and_state;
DROP INDEX orders_by_state;
CREATE INDEX orders_by_time ON orders (created_at, id);
CREATE INDEX orders_by_number ON orders (number, created_at, id);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at, id);
CREATE INDEX orders_by_customer_and_state ON orders (customer_id, state, created_at, id);
CREATE INDEX orders_by_state ON orders (state, created_at, id);
CREATE INDEX orders_by_payment_status ON orders (payment_status, created_at, id);
CREATE INDEX orders_by_fulfilment ON orders (fulfilment, created_at, id);
CREATE INDEX orders_needing_attention ON orders (created_at, id) WHERE attention_code IS NOT NULL;
CREATE INDEX orders_by_attention ON orders (attention_code, created_at, id) WHERE attention_code IS NOT NULL;

-- What was ordered, to find orders by it; created_at is the order's.
CREATE TABLE order_items (
  order_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  product_id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (order_id, sku, product_id)
) WITHOUT ROWID;
CREATE INDEX order_items_by_sku ON order_items (sku, created_at, order_id);
CREATE INDEX order_items_by_product ON order_items (product_id, created_at, order_id);
