-- Parcels of a fulfilment order at a partner, as the partner tells of them: several a line, each with its own way. `items` is
-- JSON: sku, quantity, returned. Times are milliseconds since the epoch.
CREATE TABLE shipments (
  operation_id TEXT NOT NULL,
  parcel TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  -- Of the partner's order: of two tellings the greater counts.
  version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('packed', 'shipped', 'delivered', 'lost', 'returned')),
  carrier TEXT,
  tracking_code TEXT,
  tracking_url TEXT,
  items TEXT NOT NULL,
  shipped_at INTEGER,
  delivered_at INTEGER,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (operation_id, parcel)
) WITHOUT ROWID;
CREATE INDEX shipments_by_instance ON shipments (instance_id, operation_id, parcel);

-- Messages for partners who fetch them: in the first database, since a queue is one over all customers. What a message says
-- is sealed, and wiped once it was acknowledged or taken back. `cancels`: its partner is to undo what this one asked for.
CREATE TABLE partner_messages (
  id TEXT PRIMARY KEY,
  connection TEXT NOT NULL,
  topic TEXT NOT NULL,
  cancels TEXT,
  sealed_body TEXT,
  leased_until INTEGER NOT NULL DEFAULT 0,
  deliveries INTEGER NOT NULL DEFAULT 0,
  acknowledged_at INTEGER,
  withdrawn_at INTEGER,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX partner_messages_waiting ON partner_messages (connection, created_at, id) WHERE sealed_body IS NOT NULL;
