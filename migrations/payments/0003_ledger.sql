-- The ledger: derived from what the provider has on record alone, append-only, and rebuilt by asking it again.
-- Amounts are minor units of the currency beside them, times RFC 3339 UTC. Accounts: workers/payments/ledger/accounts.ts.

-- Payments whose facts must be fetched: a promise that outlives any message. `asked_at` tells a newer promise from the one
-- that was kept.
CREATE TABLE ledger_due (
  payment_id TEXT PRIMARY KEY,
  asked_at TEXT NOT NULL,
  due_at TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX ledger_due_by_time ON ledger_due (due_at, payment_id);

-- One row a payment: what the provider said when it was last asked, and whether the books agree. `written_by` marks the
-- write that may add transactions; `unsettled` is the balance of `clearing` in the customer's currency.
CREATE TABLE ledger_payments (
  payment_id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  order_id TEXT,
  currency TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  observed_at TEXT NOT NULL,
  written_by TEXT NOT NULL,
  authorised INTEGER NOT NULL,
  captured INTEGER NOT NULL,
  voided INTEGER NOT NULL,
  open INTEGER NOT NULL,
  refunded INTEGER NOT NULL,
  disputed INTEGER NOT NULL,
  charged_back INTEGER NOT NULL,
  unsettled INTEGER NOT NULL,
  unsettled_since TEXT,
  -- JSON array of breaches; `[]`: the books agree.
  breaches TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX ledger_payments_by_order ON ledger_payments (order_id, payment_id) WHERE order_id IS NOT NULL;
CREATE INDEX ledger_payments_unsettled ON ledger_payments (unsettled_since, payment_id) WHERE unsettled_since IS NOT NULL;

CREATE TABLE ledger_transactions (
  payment_id TEXT NOT NULL,
  transaction_key TEXT NOT NULL,
  order_id TEXT,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  booked_at TEXT NOT NULL,
  PRIMARY KEY (payment_id, transaction_key)
) WITHOUT ROWID;

CREATE TABLE ledger_entries (
  payment_id TEXT NOT NULL,
  transaction_key TEXT NOT NULL,
  position INTEGER NOT NULL,
  account TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (payment_id, transaction_key, position)
) WITHOUT ROWID;

-- The provider's own movements of our balance, one row each, as the settlement report shows them.
CREATE TABLE balance_transactions (
  transaction_id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  payment_id TEXT NOT NULL,
  order_id TEXT,
  category TEXT NOT NULL,
  source TEXT NOT NULL,
  payment_currency TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  fee INTEGER NOT NULL,
  net INTEGER NOT NULL,
  exchange_rate TEXT,
  occurred_at TEXT NOT NULL,
  available_at TEXT NOT NULL,
  CHECK (net = amount - fee)
) WITHOUT ROWID;
CREATE INDEX balance_transactions_by_time ON balance_transactions (occurred_at, transaction_id);

CREATE TRIGGER ledger_transactions_stay BEFORE UPDATE ON ledger_transactions
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_transactions_remain BEFORE DELETE ON ledger_transactions
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entries_stay BEFORE UPDATE ON ledger_entries
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entries_remain BEFORE DELETE ON ledger_entries
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER balance_transactions_stay BEFORE UPDATE ON balance_transactions
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER balance_transactions_remain BEFORE DELETE ON balance_transactions
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- Whatever reaches the inbox is owed to the ledger, in the same write: no crash can come between the two.
CREATE TRIGGER payment_events_are_due AFTER INSERT ON payment_events WHEN NEW.payment_id IS NOT NULL
  BEGIN
    INSERT INTO ledger_due (payment_id, asked_at, due_at) VALUES (NEW.payment_id, NEW.received_at, NEW.received_at)
    ON CONFLICT (payment_id) DO UPDATE SET asked_at = excluded.asked_at, due_at = excluded.due_at, attempts = 0;
  END;

-- One comparison of the provider's objects with ours over a period. `slot` makes a scheduled one unique; `phase` and
-- `cursor` are where it goes on; `owner` works on it until `owned_until`, nobody else does.
CREATE TABLE reconciliations (
  id TEXT PRIMARY KEY,
  slot TEXT UNIQUE,
  asked_by TEXT,
  period_from TEXT NOT NULL,
  period_to TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  phase TEXT NOT NULL,
  cursor TEXT,
  owner TEXT,
  owned_until TEXT,
  -- JSON: how much was seen and mended.
  counts TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  started_at TEXT NOT NULL,
  finished_at TEXT
) WITHOUT ROWID;
CREATE INDEX reconciliations_by_time ON reconciliations (started_at, id);
CREATE INDEX reconciliations_running ON reconciliations (started_at, id) WHERE state = 'running';

-- What a person must look at: found by a reconciliation or by the ledger's check. One row for one matter, however often
-- it is found; it is closed by a person with a reason, or by a later run that no longer finds it.
CREATE TABLE payment_findings (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL,
  subject TEXT NOT NULL,
  payment_id TEXT,
  order_id TEXT,
  detail TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
  reconciliation_id TEXT,
  found_at TEXT NOT NULL,
  last_found_at TEXT NOT NULL,
  resolved_at TEXT,
  resolved_by TEXT,
  resolution TEXT,
  UNIQUE (code, subject)
) WITHOUT ROWID;
CREATE INDEX payment_findings_by_state ON payment_findings (state, found_at, id);
CREATE INDEX payment_findings_by_time ON payment_findings (found_at, id);
CREATE INDEX payment_findings_by_run ON payment_findings (reconciliation_id, found_at, id);

CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  body TEXT NOT NULL,
  received_at TEXT NOT NULL,
  replayed_at TEXT
) WITHOUT ROWID;
CREATE INDEX dead_letters_by_arrival ON dead_letters (received_at, id);
