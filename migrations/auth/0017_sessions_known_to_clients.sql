-- The id by which an application knows its session, from its ID tokens: the first one, whatever id the session took since.
-- NULL: it still has it.
ALTER TABLE sessions ADD COLUMN first_id TEXT;
CREATE INDEX sessions_by_first_id ON sessions (first_id) WHERE first_id IS NOT NULL;
