-- Tax lines of what went back past the order: `refund_outside` (refunded at the provider) and `chargeback` (lost in a dispute;
-- `reference` is the dispute). Positive when it came back. SQLite changes no CHECK of a table, so it is made anew.
CREATE TABLE order_tax_lines_new (
  order_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('sale', 'refund', 'reversal', 'refund_outside', 'chargeback')),
  reference TEXT NOT NULL,
  line_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  tax_index INTEGER NOT NULL,
  occurred_at TEXT NOT NULL,
  currency TEXT NOT NULL,
  country TEXT,
  region TEXT,
  name TEXT NOT NULL,
  rate_ppm INTEGER NOT NULL,
  included INTEGER NOT NULL,
  net INTEGER NOT NULL,
  tax INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) WITHOUT ROWID;
INSERT INTO order_tax_lines_new (order_id, position, version, kind, reference, line_id, sku, tax_index, occurred_at, currency,
    country, region, name, rate_ppm, included, net, tax)
  SELECT order_id, position, version, kind, reference, line_id, sku, tax_index, occurred_at, currency,
    country, region, name, rate_ppm, included, net, tax FROM order_tax_lines;
DROP TABLE order_tax_lines;
ALTER TABLE order_tax_lines_new RENAME TO order_tax_lines;
CREATE INDEX order_tax_lines_by_time ON order_tax_lines (occurred_at, order_id, position);
