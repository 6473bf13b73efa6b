-- Disputes of our payments as the provider last told them, written with the ledger of their payment. Amounts are minor units
-- of `currency`, which is the dispute's own. `due_by`: until when evidence can be handed in, RFC 3339; `none` when none is
-- awaited, which sorts after every time.
CREATE TABLE payment_disputes (
  dispute_id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  payment_id TEXT NOT NULL,
  order_id TEXT,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('warning', 'open', 'won', 'lost')),
  reason TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  due_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX payment_disputes_by_deadline ON payment_disputes (due_by, dispute_id);
CREATE INDEX payment_disputes_by_state ON payment_disputes (state, due_by, dispute_id);

-- Payments with a dispute are asked about once more, so that what is known already is listed too.
INSERT INTO ledger_due (payment_id, asked_at, due_at)
  SELECT DISTINCT payment_id, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z' FROM ledger_transactions
  WHERE kind IN ('dispute_settled', 'dispute_lost')
  ON CONFLICT (payment_id) DO NOTHING;
