-- Cards that were made before the ledger knew cards are owed to it. Not at once: the worker that can book them comes after this.
INSERT INTO ledger_due (payment_id, asked_at, due_at)
SELECT id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 hour')
FROM gift_cards WHERE version > 0 ON CONFLICT (payment_id) DO NOTHING;
