-- Every payment we opened, so that what the provider says without our metadata (disputes, warnings, reviews, changes made
-- in its dashboard) finds its order. Written when a payment is created and, should that be lost, by its first event.
-- `amount` is what the customer was asked for, in minor units; `charge_id` the newest attempt to pay that we heard of.
CREATE TABLE payments (
  payment_id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  order_id TEXT NOT NULL,
  customer_id TEXT,
  attempt INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  charge_id TEXT,
  created_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX payments_by_order ON payments (order_id, attempt);
CREATE INDEX payments_by_charge ON payments (charge_id) WHERE charge_id IS NOT NULL;
CREATE INDEX payments_by_time ON payments (created_at, payment_id);

INSERT INTO payments (payment_id, provider, order_id, customer_id, attempt, currency, amount, charge_id, created_at, last_seen_at)
  SELECT payment_id, provider, order_id, NULL,
    MAX(1, CAST(COALESCE(json_extract(body, '$.data.object.metadata.attempt'), '1') AS INTEGER)),
    UPPER(COALESCE(json_extract(body, '$.data.object.currency'), '')),
    COALESCE(json_extract(body, '$.data.object.amount'), 0),
    NULL, MIN(occurred_at), MAX(received_at)
  FROM payment_events
  WHERE order_id IS NOT NULL AND payment_id IS NOT NULL AND type LIKE 'payment_intent.%'
  GROUP BY payment_id;

-- received: still has to be sent to the queue; enqueued: sent, `attempts` times; handled: its receiver has taken it in;
-- failed: its receiver gave it up; ignored: nobody waits for its type, or it is of the other mode (test, live);
-- unmatched: no payment of ours is known for it. `flags`: what is odd about it, separated by spaces. `body_digest`: SHA-256
-- of the raw body. `body` holds no client secret and no card number. Rows of before were sent, and nothing told their end.
ALTER TABLE payment_events RENAME TO payment_events_0001;
CREATE TABLE payment_events (
  event_id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('received', 'enqueued', 'handled', 'failed', 'ignored', 'unmatched')),
  order_id TEXT,
  payment_id TEXT,
  charge_id TEXT,
  request_id TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  received_at TEXT NOT NULL,
  enqueued_at TEXT,
  settled_at TEXT,
  looked_up_at TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  flags TEXT NOT NULL DEFAULT '',
  detail TEXT,
  body_digest TEXT,
  body TEXT NOT NULL,
  CHECK (state IN ('ignored', 'unmatched') OR (order_id IS NOT NULL AND payment_id IS NOT NULL))
) WITHOUT ROWID;
INSERT INTO payment_events (event_id, provider, type, state, order_id, payment_id, request_id, occurred_at, received_at,
    enqueued_at, settled_at, attempts, body)
  SELECT event_id, provider, type, CASE state WHEN 'enqueued' THEN 'handled' ELSE state END, order_id, payment_id,
    request_id, occurred_at, received_at, enqueued_at, enqueued_at, CASE state WHEN 'enqueued' THEN 1 ELSE 0 END, body
  FROM payment_events_0001;
DROP TABLE payment_events_0001;
CREATE INDEX payment_events_by_time ON payment_events (received_at, event_id);
CREATE INDEX payment_events_by_state ON payment_events (state, received_at, event_id);
CREATE INDEX payment_events_by_type ON payment_events (type, received_at, event_id);
CREATE INDEX payment_events_by_order ON payment_events (order_id, received_at, event_id) WHERE order_id IS NOT NULL;
CREATE INDEX payment_events_by_payment ON payment_events (payment_id, received_at, event_id) WHERE payment_id IS NOT NULL;
