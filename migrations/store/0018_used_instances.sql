-- Which instances have an `InstanceUse` object that keeps something, since when (milliseconds since the epoch): a backup
-- asks these alone. Null: nobody has used it. Of instances before this column it is not known.
ALTER TABLE entitlements ADD COLUMN used_at INTEGER;
UPDATE entitlements SET used_at = updated_at;
CREATE INDEX entitlements_used ON entitlements (instance_id) WHERE used_at IS NOT NULL;
