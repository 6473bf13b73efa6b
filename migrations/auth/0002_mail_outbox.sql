-- Mails that an account's change owes, written in the batch of the change. A row goes once the provider has taken or refused
-- its mail, or when the mail is of no use any more. `content_sealed` is AES-256-GCM text (shared/crypto/sealing.ts) of
-- recipient, subject and bodies: the link in it is as good as a password. Times are milliseconds since the epoch.
CREATE TABLE mail_outbox (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL,
  content_sealed TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX mail_outbox_by_turn ON mail_outbox (next_at);
CREATE INDEX mail_outbox_by_expiry ON mail_outbox (expires_at);
