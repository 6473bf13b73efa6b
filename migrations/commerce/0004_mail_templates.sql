-- The merchant's own words for mails to customers; what is NULL or missing is said in ours. Times are milliseconds.
CREATE TABLE mail_templates (
  kind TEXT NOT NULL,
  language TEXT NOT NULL,
  subject TEXT,
  lead TEXT,
  version INTEGER NOT NULL CHECK (version >= 1),
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, language)
) STRICT, WITHOUT ROWID;
