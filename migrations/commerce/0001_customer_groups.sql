-- What operators set for selling: read by every order and cart when it is priced. Times are milliseconds since the Unix
-- epoch, `version` counts changes (If-Match).
-- Groups a price list or a promotion can be for.
CREATE TABLE customer_groups (
  id TEXT PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE customer_group_members (
  customer_id TEXT NOT NULL,
  group_id TEXT NOT NULL REFERENCES customer_groups (id) ON DELETE CASCADE,
  added_at_ms INTEGER NOT NULL,
  PRIMARY KEY (customer_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_group_members_by_group ON customer_group_members (group_id, customer_id);
