-- Since when signed keys that expire wait to be signed anew, because the end of the term moved; null: none does.
ALTER TABLE instances ADD COLUMN sign_at INTEGER;
CREATE INDEX instances_to_sign ON instances (sign_at) WHERE sign_at IS NOT NULL;
