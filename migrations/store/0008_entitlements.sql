-- What an instance entitles to, copied from product and template when it is opened. Who uses it is counted by its
-- `InstanceUse` object. Times are milliseconds since the epoch.
CREATE TABLE entitlements (
  instance_id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  document TEXT NOT NULL,
  units INTEGER NOT NULL CHECK (units > 0),
  revision INTEGER NOT NULL CHECK (revision > 0),
  starts_at INTEGER,
  expires_at INTEGER,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX entitlements_of_customer ON entitlements (customer_id, expires_at, instance_id);
CREATE INDEX entitlements_by_expiry ON entitlements (expires_at, instance_id);

INSERT INTO entitlements (instance_id, customer_id, document, units, revision, starts_at, expires_at, updated_at)
  SELECT id, customer_id,
    json_object('features', json('[]'), 'limits', json('{}'), 'seats', json_extract(fulfilment, '$.activationsMax'),
      'leases', NULL, 'meters', json('[]'), 'validDays', json_extract(fulfilment, '$.validDays')),
    quantity, 1, activated_at, activated_at + json_extract(fulfilment, '$.validDays') * 86400000, updated_at
  FROM instances;

-- By what else instances are looked for: `tag`, and `attribute.<name>` of their configuration.
CREATE TABLE instance_index (
  instance_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (instance_id, name, value)
) WITHOUT ROWID;
CREATE INDEX instance_index_of_customer ON instance_index (customer_id, name, value, instance_id);
CREATE INDEX instance_index_by_value ON instance_index (name, value, instance_id);

CREATE INDEX instances_by_product ON instances (product_id, id);

-- Whose an instance is stands in these rows too, so that a customer's are found by an index.
CREATE TRIGGER instances_handed_on AFTER UPDATE OF customer_id ON instances
  BEGIN
    UPDATE entitlements SET customer_id = NEW.customer_id WHERE instance_id = NEW.id;
    UPDATE instance_index SET customer_id = NEW.customer_id WHERE instance_id = NEW.id;
  END;
