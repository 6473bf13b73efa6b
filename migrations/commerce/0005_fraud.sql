-- What makes an order suspicious, as an operator has set it. The condition is checked by shared/domain/fraud when it is
-- written and when it is read. Times are milliseconds since the epoch.
CREATE TABLE fraud_rules (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  condition TEXT NOT NULL,
  score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 1000),
  reason TEXT NOT NULL,
  -- Account of the one who wrote this version; empty: it was shipped.
  written_by TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX fraud_rules_by_status ON fraud_rules (status, id);

-- Every version of every rule, append-only: who set what, when.
CREATE TABLE fraud_rule_versions (
  rule_id TEXT NOT NULL REFERENCES fraud_rules (id),
  version INTEGER NOT NULL,
  status TEXT NOT NULL,
  condition TEXT NOT NULL,
  score INTEGER NOT NULL,
  reason TEXT NOT NULL,
  written_by TEXT NOT NULL,
  written_at_ms INTEGER NOT NULL,
  PRIMARY KEY (rule_id, version)
) STRICT, WITHOUT ROWID;

-- From which score on what happens, and how long a person may take; the newest version counts, older ones stay.
CREATE TABLE fraud_settings (
  version INTEGER PRIMARY KEY,
  challenge INTEGER NOT NULL,
  review INTEGER NOT NULL,
  block INTEGER NOT NULL,
  review_hours INTEGER NOT NULL,
  remind_hours INTEGER NOT NULL,
  provider_review_decides INTEGER NOT NULL CHECK (provider_review_decides IN (0, 1)),
  after_delivery TEXT NOT NULL CHECK (after_delivery IN ('suspend', 'keep')),
  written_by TEXT NOT NULL,
  written_at_ms INTEGER NOT NULL,
  CHECK (challenge BETWEEN 1 AND review AND review <= block AND block <= 1000)
) STRICT;

-- Domains of mailboxes the shop knows better than the list it ships with; `none`: the list counts again.
CREATE TABLE fraud_email_domains (
  domain TEXT PRIMARY KEY,
  verdict TEXT NOT NULL CHECK (verdict IN ('disposable', 'trusted', 'none')),
  written_by TEXT NOT NULL,
  written_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO fraud_settings VALUES (1, 40, 60, 120, 72, 24, 0, 'suspend', '', 0);

INSERT INTO fraud_rules (id, status, version, condition, score, reason, written_by, created_at_ms, updated_at_ms) VALUES
  ('frl_00000000000000000000000000000001', 'active', 1, '{"kind":"velocity","subject":"account","windowSeconds":3600,"limit":20}', 40, 'Many orders of one account within an hour', '', 0, 0),
  ('frl_00000000000000000000000000000002', 'active', 1, '{"kind":"velocity","subject":"card","windowSeconds":3600,"limit":5}', 40, 'Many orders with one card within an hour', '', 0, 0),
  ('frl_00000000000000000000000000000003', 'active', 1, '{"kind":"velocity","subject":"card","windowSeconds":86400,"limit":15}', 60, 'Many orders with one card within a day', '', 0, 0),
  ('frl_00000000000000000000000000000004', 'active', 1, '{"kind":"velocity","subject":"client_address","windowSeconds":3600,"limit":30}', 30, 'Many orders from one network address within an hour', '', 0, 0),
  ('frl_00000000000000000000000000000005', 'active', 1, '{"kind":"velocity","subject":"delivery_address","windowSeconds":86400,"limit":10}', 30, 'Many orders to one address within a day', '', 0, 0),
  ('frl_00000000000000000000000000000006', 'active', 1, '{"kind":"country_mismatch","between":"card_shipping"}', 20, 'Card and delivery are of different countries', '', 0, 0),
  ('frl_00000000000000000000000000000007', 'active', 1, '{"kind":"country_mismatch","between":"card_client"}', 10, 'Card and customer are of different countries', '', 0, 0),
  ('frl_00000000000000000000000000000008', 'active', 1, '{"kind":"country_mismatch","between":"shipping_client"}', 5, 'Delivery and customer are of different countries', '', 0, 0),
  ('frl_00000000000000000000000000000009', 'paused', 1, '{"kind":"amount","currency":"EUR","above":200000}', 20, 'A large amount', '', 0, 0),
  ('frl_0000000000000000000000000000000a', 'active', 1, '{"kind":"disposable_email"}', 30, 'The mailbox is a throw-away one', '', 0, 0),
  ('frl_0000000000000000000000000000000b', 'active', 1, '{"kind":"new_account","youngerThanHours":24}', 5, 'The account is new', '', 0, 0),
  ('frl_0000000000000000000000000000000c', 'active', 1, '{"kind":"provider_level","atLeast":"elevated"}', 40, 'The payment service sees an elevated risk', '', 0, 0),
  ('frl_0000000000000000000000000000000d', 'active', 1, '{"kind":"provider_level","atLeast":"highest"}', 80, 'The payment service sees the highest risk', '', 0, 0),
  ('frl_0000000000000000000000000000000e', 'active', 1, '{"kind":"provider_review"}', 60, 'The payment service reviews the payment', '', 0, 0),
  ('frl_0000000000000000000000000000000f', 'active', 1, '{"kind":"early_warning"}', 120, 'The card’s issuer reports fraud', '', 0, 0),
  ('frl_00000000000000000000000000000010', 'active', 1, '{"kind":"card_check_failed","check":"cvc"}', 30, 'The security code does not match', '', 0, 0),
  ('frl_00000000000000000000000000000011', 'active', 1, '{"kind":"card_check_failed","check":"postal_code"}', 15, 'The postal code does not match', '', 0, 0);

INSERT INTO fraud_rule_versions (rule_id, version, status, condition, score, reason, written_by, written_at_ms)
  SELECT id, version, status, condition, score, reason, written_by, updated_at_ms FROM fraud_rules;
