-- Who may write a shard's copy: each run of the mover takes the shard over with a higher number, so that what an earlier
-- run sent and nobody waits for any more is refused when it arrives late.
ALTER TABLE shard_states ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
