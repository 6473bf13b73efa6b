-- One row for each tax on each line that was handed over (and the shipping), and on what of it was given back, negative then.
-- A part of the projection: written with the order's row, rebuilt with it. Amounts are minor units; `net` is without any tax
-- and the same in each row of a line under several taxes, `tax_index` counts those from 0. `version`: the document's.
CREATE TABLE order_tax_lines (
  order_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('sale', 'refund', 'reversal')),
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
CREATE INDEX order_tax_lines_by_time ON order_tax_lines (occurred_at, order_id, position);
