-- The chain becomes one of plain SHA-256 hashes (shared/audit/chain.ts), so that whoever has an export can check it without a
-- secret and field keys can be dropped. Links of the old form are made anew by the next run of the cron; the entries stay.
DROP TABLE audit_chain;
CREATE TABLE audit_chain (
  sequence INTEGER PRIMARY KEY REFERENCES audit_log (sequence),
  hash TEXT NOT NULL
);

-- The beginning of the log after its oldest entries went: the hash at `through`, in words signed with an audit key.
CREATE TABLE audit_checkpoints (
  through INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  at INTEGER NOT NULL,
  signed TEXT NOT NULL
);
CREATE INDEX audit_log_by_time ON audit_log (at);

-- Ed25519 keys that sign heads and checkpoints; `private_sealed` is AES-256-GCM text (shared/crypto/sealing.ts).
CREATE TABLE audit_keys (
  kid TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL UNIQUE,
  public_x TEXT NOT NULL,
  private_sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER audit_chain_no_update BEFORE UPDATE ON audit_chain
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- What a checkpoint stands for may go; nothing else.
DROP TRIGGER audit_log_no_delete;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
WHEN OLD.sequence > coalesce((SELECT max(through) FROM audit_checkpoints), 0)
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain
WHEN OLD.sequence > coalesce((SELECT max(through) FROM audit_checkpoints), 0)
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
