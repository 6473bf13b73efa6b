-- What ends a session, or gives it another id because its owner's rights changed, ends its access tokens in every worker:
-- by whichever statement, in its transaction. They bear the id, so those issued in the same second are told from later ones.
-- A session gives tokens when it is used or proven anew; the minute is for one that is being signed meanwhile.
CREATE TRIGGER sessions_end_everywhere AFTER UPDATE OF revoked_at, reissue ON sessions
WHEN NEW.reissue = 1 OR (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
BEGIN
  INSERT INTO revocations VALUES (NEW.id, max(NEW.last_used_at, NEW.auth_time) / 1000 + 60)
  ON CONFLICT (subject) DO UPDATE SET before = max(before, excluded.before);
END;
