-- Signs that passwords are being guessed or tried out, for operators to see; kept as long as the audit log, which has them too.
-- `account_id` is the account that was tried as the signal was given, where there is one. Times are milliseconds since the epoch.
CREATE TABLE guessing_signals (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('many_networks', 'many_accounts', 'many_accounts_in_range', 'site')),
  account_id TEXT,
  network TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX guessing_signals_by_time ON guessing_signals (at);
