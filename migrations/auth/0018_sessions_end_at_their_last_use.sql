-- What ends a session, or gives it another id because its owner's rights changed, ends its access tokens in every worker:
-- by whichever statement, in its transaction. None of its tokens was issued after the second it was last used or proven in.
-- Where its account or application is revoked from after that second on, its tokens are refused by that, and it is not told.
DROP TRIGGER sessions_end_everywhere;
CREATE TRIGGER sessions_end_everywhere AFTER UPDATE OF revoked_at, reissue ON sessions
WHEN (NEW.reissue = 1 OR (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL))
  AND NOT EXISTS (SELECT 1 FROM revocations WHERE subject IN (NEW.account_id, NEW.client_id)
    AND before > max(NEW.last_used_at, NEW.auth_time) / 1000)
BEGIN
  INSERT INTO revocations VALUES (NEW.id, max(NEW.last_used_at, NEW.auth_time) / 1000 + 1)
  ON CONFLICT (subject) DO UPDATE SET before = max(before, excluded.before);
END;
