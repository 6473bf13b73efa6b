-- Whom the provider knew a customer as before somebody deleted him there: what it told of him then is his still.
CREATE TABLE former_accounts (
  account TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  forgotten_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX former_accounts_by_customer ON former_accounts (customer_id);

-- What is told of the other mode, live or test, is of no payment of ours: our key does not know it there.
DROP TRIGGER payment_events_are_due;
CREATE TRIGGER payment_events_are_due AFTER INSERT ON payment_events
  WHEN NEW.payment_id IS NOT NULL AND instr(NEW.flags, 'other_mode') = 0
  BEGIN
    INSERT INTO ledger_due (payment_id, asked_at, due_at) VALUES (NEW.payment_id, NEW.received_at, NEW.received_at)
    ON CONFLICT (payment_id) DO UPDATE SET asked_at = excluded.asked_at, due_at = excluded.due_at, attempts = 0;
  END;
