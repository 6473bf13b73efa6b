-- The session in which somebody agreed: what it was taken from they do not give any more, and how long what it gives may last.
ALTER TABLE oauth_codes ADD COLUMN session_id TEXT;
ALTER TABLE oauth_device_codes ADD COLUMN session_id TEXT;
