CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  body TEXT NOT NULL,
  received_at TEXT NOT NULL,
  replayed_at TEXT
) WITHOUT ROWID;
CREATE INDEX dead_letters_by_arrival ON dead_letters (received_at, id);
