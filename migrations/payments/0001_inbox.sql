-- Every verified event of a payment provider, kept before it is answered. `received` still has to be sent to the queue,
-- `enqueued` was sent, `ignored` concerns no order or a type nobody waits for. `body` has no client secrets in it.
CREATE TABLE payment_events (
  event_id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('received', 'enqueued', 'ignored')),
  order_id TEXT,
  payment_id TEXT,
  request_id TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  received_at TEXT NOT NULL,
  enqueued_at TEXT,
  body TEXT NOT NULL,
  CHECK (state = 'ignored' OR (order_id IS NOT NULL AND payment_id IS NOT NULL))
) WITHOUT ROWID;
CREATE INDEX payment_events_by_time ON payment_events (received_at, event_id);
CREATE INDEX payment_events_by_state ON payment_events (state, received_at, event_id);
CREATE INDEX payment_events_by_order ON payment_events (order_id, received_at, event_id) WHERE order_id IS NOT NULL;
