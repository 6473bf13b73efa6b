-- Access tokens that count no more although they have not ended: those of an account (`usr_…`) or a client (`cli_…`) issued
-- before the second `before` of the epoch. Kept while such a token could be alive.
CREATE TABLE revocations (
  subject TEXT PRIMARY KEY,
  before INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX revocations_by_time ON revocations (before);
