-- Projection of the Order objects for lists; each row carries the version of the document it shows.
CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason_code TEXT,
  reason_text TEXT,
  currency TEXT NOT NULL,
  total INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  first_title TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  -- When the sweeper looks at it next, epoch milliseconds; NULL once it has ended or waits for a person.
  sweep_at INTEGER
) WITHOUT ROWID;

-- Ids are sortable by time of creation: lists go from newest to oldest by id.
CREATE INDEX orders_by_customer ON orders (customer_id, id DESC);
CREATE INDEX orders_by_customer_and_state ON orders (customer_id, state, id DESC);
CREATE INDEX orders_by_state ON orders (state, id DESC);
CREATE INDEX orders_to_sweep ON orders (sweep_at) WHERE sweep_at IS NOT NULL;
