-- What closes a connection ends the sessions it opened without looking at everybody's.
CREATE INDEX sessions_by_connection ON sessions (connection_id) WHERE connection_id IS NOT NULL;
