-- Since when a pool hands out nothing: after a restore nobody knows which of its keys were sold meanwhile.
ALTER TABLE licence_pools ADD COLUMN held_at INTEGER;
