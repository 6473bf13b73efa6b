-- Whom of the provider's customers an event tells, so that events about one person are found.
ALTER TABLE payment_events ADD COLUMN account TEXT;
UPDATE payment_events SET account = COALESCE(
  CASE WHEN json_type(body, '$.data.object.customer') = 'text' THEN json_extract(body, '$.data.object.customer') END,
  CASE WHEN json_type(body, '$.data.previous_attributes.customer') = 'text'
    THEN json_extract(body, '$.data.previous_attributes.customer') END,
  CASE WHEN json_extract(body, '$.data.object.object') = 'customer' THEN json_extract(body, '$.data.object.id') END);
CREATE INDEX payment_events_by_account ON payment_events (account, event_id) WHERE account IS NOT NULL;

-- What the provider still tells of an erased person is kept without its body.
ALTER TABLE payments ADD COLUMN person_erased_at TEXT;
CREATE INDEX payments_by_customer ON payments (customer_id, payment_id) WHERE customer_id IS NOT NULL;
CREATE TABLE erased_accounts (
  account TEXT PRIMARY KEY,
  erased_at TEXT NOT NULL
) WITHOUT ROWID;
